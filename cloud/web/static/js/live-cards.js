// Draws captures that arrive: asks the server for the card and puts it where it belongs.
// The first is drawn at once; what follows within a moment is gathered, so that a burst is drawn once.
import { askLive } from "./asking-live.js";
import { refreshParts } from "./live-parts.js";
import { havePictures, keepPictures } from "./pictures.js";

const GATHER = 300;
const MANY = 24;

const waiting = new Map();
const newest = new Map(); // of each card the capture to draw, as answers may overtake each other
let timer;
let drawnAt = 0;

export function drawCapture(capture) {
  const list = document.querySelector("[data-live-cards]");
  if (!list) return;
  const kind = list.dataset.liveCards;
  if (kind === "camera" && list.dataset.device !== capture.device_id) return;
  waiting.set(kind === "grid" ? capture.device_id : capture.record_id, capture);
  timer ??= setTimeout(drawWaiting, Math.max(0, drawnAt + GATHER - Date.now()));
}

export function removeCapture(capture) {
  document.getElementById(`capture-${capture.record_id}`)?.remove();
}

async function drawWaiting() {
  const captures = [...waiting.values()];
  waiting.clear();
  timer = undefined;
  drawnAt = Date.now();
  if (captures.length > MANY) return location.reload();
  await Promise.all(captures.map(drawOne));
}

async function drawOne(capture) {
  const list = document.querySelector("[data-live-cards]");
  const kind = list.dataset.liveCards;
  const id = kind === "grid" ? `camera-${capture.device_id}` : `capture-${capture.record_id}`;
  if (!document.getElementById(id) && "filtered" in list.dataset) return offerNewer();

  newest.set(id, capture);
  const card = await askForCard(capture, kind);
  if (!card) return;
  await havePictures(document.getElementById(id) ?? list, card);
  if (newest.get(id) !== capture) return;
  newest.delete(id);
  const present = document.getElementById(id);
  if (present) replace(present, card);
  else if (kind === "grid") refreshParts("new-camera");
  else insert(list, card);
}

async function askForCard(capture, kind) {
  const response = await askLive(`/ui/captures/${capture.record_id}/card?view=${kind}`);
  if (!response.ok) return null;
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return document.importNode(holder.content.firstElementChild, true);
}

function replace(present, card) {
  const focused = present.contains(document.activeElement);
  const isNewPicture = present.dataset.capture !== card.dataset.capture;
  keepPictures(present, card);
  present.replaceWith(card);
  if (isNewPicture) card.classList.add("is-new");
  if (focused) card.querySelector("a").focus({ preventScroll: true });
  if (card.dataset.rank === present.dataset.rank) return;
  // What needs attention comes first; everything else stays where it is.
  const before = [...card.parentElement.children].find(
    (other) => other !== card && Number(other.dataset.rank) >= Number(card.dataset.rank));
  if (!focused && before && Number(card.dataset.rank) < Number(present.dataset.rank)) before.before(card);
  refreshParts("rank");
}

function insert(list, card) {
  const older = [...list.querySelectorAll("[data-captured-at]")].find(
    (other) => Number(other.dataset.capturedAt) < Number(card.dataset.capturedAt));
  if (older) older.before(card);
  else if (list.querySelector(".more")) return;
  else list.append(card);
  card.classList.add("is-new");
  document.querySelector("#gallery > .empty")?.remove();
}

function offerNewer() {
  document.getElementById("newer").hidden = false;
}
