// Copies what a button carries, and says that it did.
const STAYS = 2_000;

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const words = button.querySelector("[data-words]");
  words.textContent = (await copy(button)) ? "Copied" : "Select and copy it by hand";
  setTimeout(() => { words.textContent = "Copy"; }, STAYS);
});

async function copy(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    return true;
  } catch {
    // Over plain http a browser has no clipboard: mark the text, so that one key copies it.
    getSelection().selectAllChildren(button.parentElement.querySelector("code"));
    return false;
  }
}
