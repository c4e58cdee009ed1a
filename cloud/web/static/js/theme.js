// Light or dark, before the first paint. Whoever is signed in has chosen on the server, for all their
// browsers; for strangers this browser remembers. The switch saves in both.
(() => {
  const root = document.documentElement;
  const signedIn = root.hasAttribute("data-signed-in");
  const chosen = localStorage.getItem("theme");
  root.classList.add("enhanced");
  if (chosen && !signedIn) {
    root.dataset.theme = chosen;
    addEventListener("load", colourBar); // the styles are not there yet
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = isDark() ? "light" : "dark";
    show(next);
    localStorage.setItem("theme", next);
    if (signedIn) save(next);
  });

  function show(theme) {
    root.dataset.theme = theme;
    colourBar();
  }

  // The bar of a phone's browser, or of the installed app, has the colour of the ground.
  function colourBar() {
    const ground = getComputedStyle(root).getPropertyValue("--ground");
    for (const bar of document.querySelectorAll("meta[name=theme-color]")) bar.content = ground;
  }

  function save(theme) {
    fetch("/v1/auth/preferences", {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ theme }),
    }).catch(() => undefined); // the page shows it all the same
  }

  function isDark() {
    if (root.dataset.theme === "system") return matchMedia("(prefers-color-scheme: dark)").matches;
    return root.dataset.theme === "dark";
  }
})();
