// Goes through the cards or rows of a page by j and k; Enter opens the one that has the focus, as any link.
import { offerKeys } from "./keys.js";

const ITEMS = "[data-walk] > *";

function walk(step) {
  const items = [...document.querySelectorAll(ITEMS)].filter((item) => item.querySelector("a"));
  const here = items.findIndex((item) => item.contains(document.activeElement));
  const there = items[here < 0 ? 0 : here + step];
  there?.querySelector("a").focus();
}

function isThere(layer) {
  return Boolean(layer.querySelector(ITEMS));
}

offerKeys({ keys: ["j"], words: "Next in the list; Enter opens it", press: () => walk(1), isThere });
offerKeys({ keys: ["k"], words: "Previous in the list", press: () => walk(-1), isThere });
