// Shows the add-camera form one step at a time. Without it the form is simply long.
const form = document.getElementById("wizard");
const steps = [...form.querySelectorAll(".wizard-step")];
const progress = form.querySelector(".wizard-progress");
const back = form.querySelector("[data-back]");
const forward = form.querySelector("[data-forward]");
const finish = forward.textContent;
let current = Math.max(0, steps.findIndex((step) => step.querySelector("[aria-invalid]")));

function show(index) {
  current = index;
  steps.forEach((step, position) => { step.hidden = position !== index; });
  [...progress.children].forEach((mark, position) => mark.classList.toggle("is-done", position <= index));
  back.hidden = index === 0;
  forward.textContent = index === steps.length - 1 ? finish : "Continue";
}

function go(index) {
  show(index);
  const fields = [...steps[index].querySelectorAll("input, textarea")];
  (fields.find((field) => field.ariaInvalid === "true") ?? fields[0]).focus();
}

form.addEventListener("submit", (event) => {
  const isLast = current === steps.length - 1;
  const fields = [...steps[current].querySelectorAll("input, textarea")];
  const wrong = fields.find((field) => !field.checkValidity());
  if (wrong || !isLast) event.preventDefault();
  if (wrong) wrong.reportValidity();
  else if (!isLast) go(current + 1);
});
back.addEventListener("click", () => go(current - 1));

// The browser's own check cannot point at a field of a hidden step: each step checks its own.
form.noValidate = true;
progress.hidden = false;
go(current);
