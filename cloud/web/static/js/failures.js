// Says so when something pressed on the page could not be done.
const line = document.getElementById("connection");
const STAYS = 6_000;

function say(words) {
  line.querySelector("[data-words]").textContent = words;
  line.hidden = false;
  setTimeout(() => {
    if (line.querySelector("[data-words]").textContent === words) line.hidden = true;
  }, STAYS);
}

document.addEventListener("htmx:response:error", (event) => {
  const { status } = event.detail.ctx.response;
  if (status === 401) location.reload();
  else if (status === 429) say("A little slower, please. Try again in a moment.");
  else say("That did not work. Try again in a moment.");
});
document.addEventListener("htmx:error", () => say("No answer from Visant. Is the network there?"));
