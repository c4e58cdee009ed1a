// Where there is no room for two pictures, shows as much of what is normal as the slider says.
document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-wipes]")) return;
  target.closest(".viewer-stage").style.setProperty("--wipe", `${target.value}%`);
});
