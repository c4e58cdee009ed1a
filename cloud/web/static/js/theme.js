// Light or dark, as chosen on this device, set before the first paint; else as the system says.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("theme");
  if (chosen) root.dataset.theme = chosen;
  root.classList.add("enhanced");

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = isDark() ? "light" : "dark";
    root.dataset.theme = next;
    localStorage.setItem("theme", next);
  });

  function isDark() {
    if (root.dataset.theme === "system") return matchMedia("(prefers-color-scheme: dark)").matches;
    return root.dataset.theme === "dark";
  }
})();
