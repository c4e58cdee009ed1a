// Refreshes the parts of a page that an event touches: asks for the page itself once and takes
// over the parts marked data-refresh with that subject. So a part has one drawing, the page's own.

import { askLive } from "./asking-live.js";
import { havePictures, keepPictures } from "./pictures.js";

const SOON = 400;
const SPREAD = 2_000;
const RARELY = 10_000; // captures may come every second
const TICKED = ["checkbox", "radio"]; // their value is not what somebody has chosen

const subjects = new Set();
let timer;
let due = Infinity;
let last = 0; // when a capture last was the reason

export function refreshParts(subject) {
  if (!document.querySelector(`[data-refresh~="${subject}"]`)) return;
  subjects.add(subject);
  const soon = Date.now() + SOON + Math.random() * spread();
  const at = subject === "capture" ? Math.max(soon, last + RARELY) : soon;
  if (at >= due) return;
  due = at;
  clearTimeout(timer);
  timer = setTimeout(refresh, at - Date.now());
}

// The grid is what most screens show, and its page is the dearest: they must not all ask at the one
// moment in which they hear, when the cards are asked for as well.
function spread() {
  return document.querySelector('[data-live-cards="grid"]') ? SPREAD : 0;
}

async function refresh() {
  const wanted = [...subjects].map((subject) => `[data-refresh~="${subject}"]`).join();
  if (subjects.has("capture")) last = Date.now();
  subjects.clear();
  due = Infinity;
  const response = await askLive(pageAddress());
  if (!response.ok || response.redirected) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll(wanted)) {
    const next = fresh.getElementById(part.id);
    if (next) take(part, document.importNode(next, true));
  }
}

// While the viewer is open the address is the capture's; the page beneath it is the camera's.
function pageAddress() {
  return history.state?.beneath ?? location.href;
}

function isTouched(part) {
  return [...part.querySelectorAll("input, textarea")].some((field) => (TICKED.includes(field.type)
    ? field.checked !== field.defaultChecked : field.value !== field.defaultValue));
}

export async function take(part, next) {
  await havePictures(part, next);
  if (!part.isConnected || isTouched(part)) return;
  for (const { id } of part.querySelectorAll("details[id][open]")) {
    next.querySelector(`#${CSS.escape(id)}`)?.setAttribute("open", "");
  }
  if (part.isEqualNode(next)) return;
  const focusable = "a, button, input, summary";
  const place = [...part.querySelectorAll(focusable)].indexOf(document.activeElement);
  keepPictures(part, next);
  part.replaceWith(next);
  if (place >= 0) next.querySelectorAll(focusable)[place]?.focus({ preventScroll: true });
  globalThis.htmx?.process(next);
}
