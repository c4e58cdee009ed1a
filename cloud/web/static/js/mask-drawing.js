// Draws a privacy mask on the latest picture: each press adds a corner to the field in which corners
// can be typed as well, and whatever stands there is shown.
const picture = document.getElementById("mask-picture");
const form = document.getElementById("mask-form");
const shape = document.getElementById("mask-drawn");

if (form) {
  const field = form.elements.corners;
  const back = form.querySelector("[data-corner-back]");

  const read = () => field.value.split(/[,;]/).map((corner) => corner.trim()).filter(Boolean);

  const write = (corners) => {
    field.value = corners.join(", ");
    draw();
  };

  const draw = () => {
    const corners = read().map((corner) => corner.split(/\s+/).map(Number));
    const known = corners.filter((corner) => corner.length === 2 && corner.every(Number.isFinite));
    shape.setAttribute("points", known.map((corner) => corner.join(",")).join(" "));
    back.hidden = corners.length === 0;
  };

  const share = (place, length) => Math.round(Math.min(1, Math.max(0, place / length)) * 1000) / 10;

  picture.addEventListener("click", ({ clientX, clientY }) => {
    const box = picture.getBoundingClientRect();
    write([...read(), `${share(clientX - box.left, box.width)} ${share(clientY - box.top, box.height)}`]);
  });
  back.addEventListener("click", () => write(read().slice(0, -1)));
  field.addEventListener("input", draw);

  picture.classList.add("is-drawable");
  form.querySelector("[data-with-script]").hidden = false;
  form.querySelector("[data-without-script]").hidden = true;
  draw();
}
