// Shows the add-camera form one step at a time. Without it the form is simply long.
const REFUSALS = [404, 409]; // not known, and somebody else's

const form = document.getElementById("wizard");
const steps = [...form.querySelectorAll(".wizard-step")];
const progress = form.querySelector(".wizard-progress");
const back = form.querySelector("[data-back]");
const forward = form.querySelector("[data-forward]");
const unit = form.querySelector("[name=device_id]");
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

// Why this camera cannot be added. Where that cannot be asked now, the end of the form decides.
async function askForRefusal(unitId) {
  forward.disabled = true;
  const body = JSON.stringify({ device_id: unitId });
  const request = { method: "POST", headers: { "Content-Type": "application/json" }, body };
  const response = await fetch("/v1/devices/validate", request).catch(() => Response.error());
  forward.disabled = false;
  if (REFUSALS.includes(response.status)) return (await response.json()).detail;
  const found = response.ok ? await response.json() : {};
  return found.status === "yours" ? found.message : "";
}

form.addEventListener("submit", async (event) => {
  const isLast = current === steps.length - 1;
  const fields = [...steps[current].querySelectorAll("input, textarea")];
  const wrong = fields.find((field) => !field.checkValidity());
  if (wrong || !isLast) event.preventDefault();
  if (wrong) return wrong.reportValidity();
  if (isLast) return;
  if (fields.includes(unit)) unit.setCustomValidity(await askForRefusal(unit.value));
  if (unit.reportValidity()) go(current + 1);
});
unit.addEventListener("input", () => unit.setCustomValidity(""));
back.addEventListener("click", () => go(current - 1));

// The browser's own check cannot point at a field of a hidden step: each step checks its own.
form.noValidate = true;
progress.hidden = false;
go(current);
