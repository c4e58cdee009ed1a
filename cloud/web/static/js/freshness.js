// Marks a camera's picture once the next one is overdue, by this page's own clock: a picture that
// is old never passes for live, whatever the page hears or does not. What is drawn anew is fresh.
const EVERY = 1_000;
const page = document.querySelector("[data-now]");
const ahead = Date.now() - Date.parse(page.dataset.now);

function look() {
  if (document.hidden) return;
  const now = Date.now() - ahead;
  for (const shown of document.querySelectorAll("[data-fresh-until]:not(.is-stale)")) {
    if (now > Date.parse(shown.dataset.freshUntil)) shown.classList.add("is-stale");
  }
}

setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
