// Shows the keys that work on this page, as keys.js finds them at that moment.
import { findKeys } from "./keys.js";

const [PAGE, ITEM, EVERYWHERE] = ["On this page", "On the chosen item of the list", "On every page"];
const NAMES = { ArrowLeft: "←", ArrowRight: "→", Escape: "Esc" };

const dialog = document.getElementById("keys");
const list = dialog.querySelector("[data-keys-list]");

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens-keys]")) show();
  else if (event.target === dialog || event.target.closest("[data-keys-close]")) dialog.close();
});

function show() {
  const groups = new Map([PAGE, ITEM, EVERYWHERE].map((name) => [name, new Map()]));
  for (const key of findKeys()) groups.get(groupOf(key)).set(key.keys.join(), key); // each item of a list has its own
  const filled = [...groups].filter(([, keys]) => keys.size);
  list.replaceChildren(...filled.flatMap(([name, keys]) => [heading(name), table(keys.values())]));
  dialog.showModal();
}

function groupOf({ element }) {
  if (element?.closest(".rail")) return EVERYWHERE;
  return element?.closest("[data-walk]") ? ITEM : PAGE;
}

function heading(words) {
  const element = document.createElement("h3");
  element.textContent = words;
  return element;
}

function table(keys) {
  const element = document.createElement("dl");
  element.append(...[...keys].map(pair));
  return element;
}

function pair({ keys, words }) {
  const element = document.createElement("div");
  const [name, meaning] = ["dt", "dd"].map((tag) => document.createElement(tag));
  keys.forEach((key, place) => name.append(...(place ? [" or "] : []), ...inTurn(key)));
  meaning.textContent = words;
  element.append(name, meaning);
  return element;
}

function inTurn(key) {
  return key.split(",").flatMap((one, place) => {
    const element = document.createElement("kbd");
    element.className = "key";
    element.textContent = NAMES[one] ?? one;
    return place ? [" then ", element] : [element];
  });
}
