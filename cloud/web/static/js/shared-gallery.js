// Looks for new pictures while the page is seen, and ends when the link or the visit does.
import { sayLocally } from "./local-times.js";

const EVERY = 15_000;
const LONGEST_PAUSE = 5 * 60_000;
const ENDED = new Set([404, 410]);
const VISIT_OVER = 401;

const list = document.querySelector("[data-news]");
const line = document.querySelector("#shared-live");
let pause = EVERY;
let timer = 0;

async function look() {
  try {
    const answer = await fetch(list.dataset.news, { headers: { "HX-Request-Type": "partial" } });
    if (ENDED.has(answer.status)) return location.reload();
    // Loading the page again may use up a view: whoever is there decides.
    if (answer.status === VISIT_OVER) return say("Your visit is over. Open the link again to see more.");
    if (!answer.ok) throw new Error(answer.status);
    draw(await answer.text());
    pause = EVERY;
    say("");
  } catch {
    pause = Math.min(2 * pause, LONGEST_PAUSE);
    say("No connection. What you see may be old.");
  }
  wait();
}

// What is already there stays as it is, so that no picture is fetched twice.
function draw(html) {
  const drawn = document.createElement("template");
  drawn.innerHTML = html;
  sayLocally(drawn.content);
  const cards = [...drawn.content.children].map((card) => {
    const shown = document.getElementById(card.id);
    if (!shown) card.classList.add("is-new");
    return shown?.dataset.says === card.dataset.says ? shown : card;
  });
  const stays = cards.length === list.children.length && cards.every((card, at) => card === list.children[at]);
  if (!stays) list.replaceChildren(...cards);
  document.querySelector("#shared-empty").hidden = cards.length > 0;
}

function say(words) {
  line.hidden = !words;
  line.querySelector("[data-words]").textContent = words;
}

function wait() {
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(look, pause * (0.8 + 0.4 * Math.random()));
}

document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : look()));
document.querySelector("[data-live]").hidden = false;
wait();
