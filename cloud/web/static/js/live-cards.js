// Draws captures that arrive: asks the server for the card and puts it where it belongs.
// The first is drawn at once; what follows within a moment is gathered, so that a burst is drawn once.
import { askLive } from "./asking-live.js";
import { refreshParts, take } from "./live-parts.js";
import { havePictures, keepPictures } from "./pictures.js";

const GATHER = 300;
const MANY = 24;

// Of each kind of list, which card shows a capture: its camera's, its own, or that of the latest.
const ID_OF = {
  grid: (capture) => `camera-${capture.device_id}`,
  camera: (capture) => `capture-${capture.record_id}`,
  latest: () => "latest",
};

const waiting = new Map();
const newest = new Map(); // of each card the capture to draw, as answers may overtake each other
let timer;
let drawnAt = 0;

export function drawCapture(capture) {
  for (const { dataset } of document.querySelectorAll("[data-live-cards]")) {
    const kind = dataset.liveCards;
    if (kind !== "grid" && dataset.device !== capture.device_id) continue;
    waiting.set(ID_OF[kind](capture), { capture, kind });
  }
  if (waiting.size) timer ??= setTimeout(drawWaiting, Math.max(0, drawnAt + GATHER - Date.now()));
}

export function removeCapture(capture) {
  document.getElementById(`capture-${capture.record_id}`)?.remove();
  refreshParts("deleted");
}

async function drawWaiting() {
  const cards = [...waiting];
  waiting.clear();
  timer = undefined;
  drawnAt = Date.now();
  if (cards.length > MANY) return location.reload();
  await Promise.all(cards.map(drawOne));
}

async function drawOne([id, { capture, kind }]) {
  const list = document.querySelector(`[data-live-cards="${kind}"]`);
  if (!document.getElementById(id) && "filtered" in list.dataset) return offerNewer();

  newest.set(id, capture);
  const [card, ...parts] = await askForCard(capture, kind);
  if (!card) return;
  await havePictures(document.getElementById(id) ?? list, card);
  if (newest.get(id) !== capture) return;
  newest.delete(id);
  const present = document.getElementById(id);
  for (const part of parts) take(document.getElementById(part.id), part); // of the same moment
  if (present) replace(present, card);
  else if (kind === "grid") refreshParts("new-camera");
  else insert(list, card);
}

async function askForCard(capture, kind) {
  const response = await askLive(`/ui/captures/${capture.record_id}/card?view=${kind}`);
  if (!response.ok) return [];
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  return [...document.importNode(holder.content, true).children];
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
}

function offerNewer() {
  document.getElementById("newer").hidden = false;
}
