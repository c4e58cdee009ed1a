// Zooms into a picture by wheel, pinch, double press, buttons and keys, and moves it about.
// Pictures that are compared share one place, so both show the same spot.
const MOST = 8;
const STEP = 1.5;
const CLOSE = 2.5;
const MIDDLE = { x: 0.5, y: 0.5 };
const WHOLE = { zoom: 1, x: 0, y: 0 };

const places = new WeakMap();
const fingers = new Map();

function placeOf(panes) {
  return places.get(panes) ?? WHOLE;
}

// Points are fractions of a pane; what lies under `at` stays there.
function zoom(panes, factor, at) {
  const place = placeOf(panes);
  const next = Math.min(MOST, Math.max(1, place.zoom * factor));
  const grown = next / place.zoom;
  show(panes, { zoom: next, x: at.x - (at.x - place.x) * grown, y: at.y - (at.y - place.y) * grown });
}

function show(panes, { zoom, x, y }) {
  const within = (offset) => Math.min(0, Math.max(1 - zoom, offset));
  const place = { zoom, x: within(x), y: within(y) };
  places.set(panes, place);
  for (const name of ["zoom", "x", "y"]) panes.style.setProperty(`--${name}`, place[name]);
  panes.classList.toggle("is-zoomed", zoom > 1);
  panes.parentElement.querySelector("[data-zoom-level]").textContent = `${Math.round(zoom * 10) / 10}×`;
}

function pointIn(panes, { clientX, clientY }, target) {
  const box = (target.closest(".viewer-pane") ?? panes).getBoundingClientRect();
  return { x: (clientX - box.left) / box.width, y: (clientY - box.top) / box.height };
}

function panesOf(event) {
  return event.target.closest("[data-zooms]");
}

function turn(event) {
  const panes = panesOf(event);
  // Beside other things the wheel scrolls the page; with Ctrl, and as a pinch of a touchpad, it zooms.
  if (!panes || (!event.ctrlKey && !event.currentTarget.matches("dialog"))) return;
  event.preventDefault();
  zoom(panes, Math.exp(-event.deltaY / 300), pointIn(panes, event, event.target));
}

function press(event) {
  const panes = panesOf(event);
  if (!panes || event.button !== 0) return;
  fingers.set(event.pointerId, pointIn(panes, event, event.target));
  if (placeOf(panes).zoom > 1 || fingers.size > 1) panes.setPointerCapture(event.pointerId);
}

function drag(event) {
  const panes = panesOf(event);
  const before = fingers.get(event.pointerId);
  if (!panes || !before) return;
  const here = pointIn(panes, event, panes.querySelector(".is-capture"));
  fingers.set(event.pointerId, here);
  const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
  if (other) return zoom(panes, Math.hypot(here.x - other.x, here.y - other.y) / Math.hypot(before.x - other.x, before.y - other.y), other);
  const place = placeOf(panes);
  if (place.zoom > 1) show(panes, { ...place, x: place.x + here.x - before.x, y: place.y + here.y - before.y });
}

function release(event) {
  fingers.delete(event.pointerId);
}

function pressTwice(event) {
  const panes = panesOf(event);
  if (!panes) return;
  if (placeOf(panes).zoom > 1) show(panes, WHOLE);
  else zoom(panes, CLOSE, pointIn(panes, event, event.target));
}

function pressButton(event) {
  const how = event.target.closest("[data-zoom]")?.dataset.zoom;
  if (!how) return;
  const panes = event.target.closest(".viewer-stage").querySelector("[data-zooms]");
  if (how === "whole") show(panes, WHOLE);
  else zoom(panes, how === "in" ? STEP : 1 / STEP, MIDDLE);
}

const BEHAVIOUR = {
  wheel: turn,
  pointerdown: press,
  pointermove: drag,
  pointerup: release,
  pointercancel: release,
  dblclick: pressTwice,
  click: pressButton,
  dragstart: (event) => panesOf(event) && event.preventDefault(),
};

// What is around the stage: the stage itself may be drawn anew.
for (const root of document.querySelectorAll("#viewer-dialog, .page article:has(.viewer-stage)")) {
  for (const [name, behave] of Object.entries(BEHAVIOUR)) root.addEventListener(name, behave, { passive: false });
}
