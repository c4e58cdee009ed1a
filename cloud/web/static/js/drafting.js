// Keeps the choice of pictures within its bound, and says that a draft is being written.
for (const choice of document.querySelectorAll("[data-most]")) {
  choice.addEventListener("change", () => bound(choice));
  bound(choice);
}

function bound(choice) {
  const boxes = [...choice.querySelectorAll("input[type=checkbox]")];
  const full = boxes.filter((box) => box.checked).length >= Number(choice.dataset.most);
  for (const box of boxes) box.disabled = full && !box.checked;
}

document.addEventListener("submit", ({ submitter }) => {
  if (submitter?.dataset.waits) show(submitter, true);
});

// A page that the browser brings back as it was left waits for nothing any more.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-waits]")) show(button, false);
});

function show(button, waiting) {
  button.disabled = waiting;
  document.getElementById(button.dataset.waits).hidden = !waiting;
}
