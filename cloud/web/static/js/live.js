// Keeps a page true: follows the organization's events and hands each to whoever draws it.
// Says when the connection is lost, comes back with jitter where it left off, sleeps while hidden.
import { readEvents, StreamRefused } from "./event-stream.js";
import { drawCapture, removeCapture } from "./live-cards.js";
import { refreshParts } from "./live-parts.js";
import { followTrigger } from "./live-triggers.js";

const SILENCE = 45_000; // three pings
const LONGEST_WAIT = 30_000;
const SLEEP_AFTER = 30_000;

const page = document.querySelector("[data-stream]");
const line = document.getElementById("connection");
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeZone: page.dataset.zone, timeStyle: "medium" });
let after = page.dataset.after ?? "";
let stop = new AbortController();
let tries = 0;
let silence;
let sleep;
let heardAt = Date.now();

function heard({ id, name, data }) {
  if (id) page.dataset.after = after = id;
  tries = 0;
  heardAt = Date.now();
  sayConnected();
  expectMore();
  if (name === "reset") return location.reload(); // what was missed is no longer known
  const [subject] = name.split(".");
  if (name === "capture.deleted") removeCapture(JSON.parse(data));
  else if (subject === "capture") drawCapture(JSON.parse(data));
  if (["capture", "trigger"].includes(subject)) followTrigger(JSON.parse(data));
  if (["capture", "device", "incident"].includes(subject)) refreshParts(subject);
}

function expectMore() {
  clearTimeout(silence);
  silence = setTimeout(() => stop.abort(), SILENCE);
}

async function follow() {
  for (;;) {
    await untilVisible();
    stop = new AbortController();
    expectMore();
    try {
      for await (const event of readEvents(page.dataset.stream, { after, signal: stop.signal })) heard(event);
    } catch (error) {
      if (error instanceof StreamRefused && error.status === 401) return location.reload();
    }
    clearTimeout(silence);
    if (!document.hidden) await waitToRetry();
  }
}

async function waitToRetry() {
  tries += 1;
  if (tries > 1) sayLost();
  // Full jitter: after a restart of the server not all pages come back at one moment.
  const longest = Math.min(LONGEST_WAIT, 1000 * 2 ** tries);
  await new Promise((resume) => setTimeout(resume, Math.random() * longest));
}

// While it is lost, no picture passes for live: css/freshness.css marks them.
function sayLost() {
  document.documentElement.classList.add("is-lost");
  if (!line.hidden) return;
  const at = CLOCK.format(heardAt);
  line.querySelector("[data-words]").textContent = `Connection lost. You see what was known at ${at}. Trying again.`;
  line.hidden = false;
}

function sayConnected() {
  if (!document.documentElement.classList.contains("is-lost")) return;
  document.documentElement.classList.remove("is-lost");
  line.hidden = true;
}

function untilVisible() {
  if (!document.hidden) return Promise.resolve();
  return new Promise((resume) => {
    document.addEventListener("visibilitychange", resume, { once: true });
  });
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(sleep);
  if (document.hidden) sleep = setTimeout(() => stop.abort(), SLEEP_AFTER);
});
addEventListener("pagehide", () => stop.abort());

follow();
