// The viewer: opens a capture over its gallery, goes through it, and fetches the neighbours ahead.
import { waitFor } from "./progress.js";

const dialog = document.getElementById("viewer-dialog");
const ahead = new Map();

function fetchViewer(address) {
  if (!ahead.has(address)) ahead.set(address, load(address));
  return ahead.get(address);
}

async function load(address) {
  const response = await fetch(address, { headers: { "HX-Request": "true", "HX-Request-Type": "partial" } });
  if (!response.ok) {
    ahead.delete(address);
    throw new Error(`the viewer answered ${response.status}`);
  }
  const content = document.createElement("template");
  content.innerHTML = await response.text();
  const picture = content.content.querySelector(".viewer-picture");
  if (picture) new Image().src = picture.src;
  return content;
}

async function open(address, { step = false, fromHistory = false } = {}) {
  dialog.ariaBusy = "true";
  let content;
  try {
    content = await waitFor(fetchViewer(address));
  } catch {
    location.assign(address);
    return;
  } finally {
    dialog.ariaBusy = null;
  }
  ahead.clear();
  remember(address, step, fromHistory);
  show(content.content.cloneNode(true));
  dialog.querySelector("[data-close]").hidden = false;
  for (const direction of ["newer", "older"]) aim(direction, address);
  globalThis.htmx?.process(dialog);
  if (!dialog.open) dialog.showModal();
}

function show(content) {
  for (const choice of dialog.querySelectorAll("[data-stays]")) {
    const next = content.querySelector(`.${choice.className}`);
    if (next) next.checked = choice.checked;
  }
  dialog.replaceChildren(content);
}

function remember(address, step, fromHistory) {
  if (fromHistory) return;
  const beneath = history.state?.beneath ?? location.href;
  if (step) history.replaceState({ beneath, viewer: address }, "", address);
  else {
    history.replaceState({ ...history.state, gallery: true }, "");
    history.pushState({ beneath, viewer: address }, "", address);
  }
}

// The gallery's own order goes first: it is what the filters left.
function aim(direction, address) {
  const links = [...document.querySelectorAll("#captures a[data-viewer]")];
  const here = links.findIndex((link) => link.pathname === new URL(address, location).pathname);
  const beside = here < 0 ? undefined : links[here + (direction === "older" ? 1 : -1)];
  const link = dialog.querySelector(`[data-step="${direction}"]`);
  if (!link) return;
  const isFiltered = document.querySelector("[data-live-cards][data-filtered]");
  if (beside) link.href = beside.href;
  else if (isFiltered) link.remove();
  if (link.isConnected) fetchViewer(link.href).catch(() => {});
}

function close() {
  const { viewer } = history.state ?? {};
  dialog.close();
  if (viewer) history.back();
}

// The browser goes back to what opened the viewer, which may show another capture by now.
function focusCard() {
  const shown = dialog.querySelector("#viewer")?.dataset.capture;
  const link = shown && document.querySelector(`#capture-${CSS.escape(shown)} a`);
  dialog.replaceChildren();
  ahead.clear();
  if (document.activeElement.pathname !== `/ui/captures/${shown}`) link?.focus();
}

function isPlainClick(event) {
  return event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
}

document.addEventListener("click", (event) => {
  if (!dialog || !isPlainClick(event)) return;
  const link = event.target.closest("a[data-viewer], #viewer-dialog a[data-step]");
  if (link) {
    event.preventDefault();
    open(link.href, { step: "step" in link.dataset });
  } else if (event.target.closest("[data-close]")) close();
});

if (dialog) {
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    close();
  });
  dialog.addEventListener("close", focusCard);
  addEventListener("popstate", (event) => {
    if (event.state?.viewer) open(event.state.viewer, { fromHistory: true });
    else if (dialog.open) dialog.close();
  });
}
