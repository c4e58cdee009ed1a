// Presses by key what says so in data-key: "1" is pressed by 1, "j ArrowRight" by either of them,
// "g,c" by g and then c. Modules may offer more. While a dialog is open only what is in it answers.
const PATIENCE = 1500; // between two keys that are pressed in turn
const TYPED_INTO = "input:not([type=checkbox]), textarea, select, [contenteditable]";

const offers = [];
let begun = "";
let forget;

/** Adds keys that nothing on the page stands for: {keys, words, press, isThere}. */
export function offerKeys(offer) {
  offers.push(offer);
}

/** What keys do here and now: of each its keys, its words, how it is pressed, its element if it has one. */
export function findKeys() {
  const layer = [...document.querySelectorAll("dialog:modal")].at(-1) ?? document;
  const marked = [...layer.querySelectorAll("[data-key]")].filter(canBePressed);
  const offered = offers.filter((offer) => offer.isThere(layer));
  return [...marked.map(fromElement), ...offered];
}

// What is about to give way to something else is not pressed any more: a word would be on the wrong picture.
function canBePressed(element) {
  return element.checkVisibility() && !element.disabled && !element.closest("[aria-busy=true]");
}

function fromElement(element) {
  return {
    element,
    keys: element.dataset.key.split(" "),
    words: wordsOf(element),
    press: () => press(element),
  };
}

function wordsOf(element) {
  const named = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent;
  if (named) return named.trim();
  const copy = element.cloneNode(true);
  for (const aside of copy.querySelectorAll("kbd, .rail-count")) aside.remove();
  return copy.textContent.trim();
}

function press(element) {
  if (!element.matches(TYPED_INTO)) return element.click();
  element.focus();
  element.select?.();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.target.closest(TYPED_INTO) || hasModifier(event)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const typed = begun ? `${begun},${key}` : key;
  const answering = findKeys().filter(answersHere);
  const isBeginning = answering.some(({ keys }) => keys.some((one) => one.startsWith(`${typed},`)));
  remember(isBeginning ? typed : "");
  const found = answering.find(({ keys }) => keys.includes(typed));
  if (!found || (event.repeat && found.element?.matches("button"))) return;
  event.preventDefault();
  found.press();
});

// Shift is part of writing "?"; with a letter or an arrow it means something else.
function hasModifier({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const isLetter = key.toLowerCase() !== key.toUpperCase();
  return ctrlKey || metaKey || altKey || (shiftKey && isLetter);
}

// What stands in each item of a list answers in the item that has the focus.
function answersHere({ element }) {
  const item = element?.closest("[data-walk] > *");
  return !item || item.contains(document.activeElement);
}

function remember(keys) {
  begun = keys;
  clearTimeout(forget);
  if (keys) forget = setTimeout(() => { begun = ""; }, PATIENCE);
}
