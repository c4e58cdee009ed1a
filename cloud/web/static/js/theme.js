// Light or dark, before the first paint. Whoever is signed in has chosen on the server, for all their
// browsers; for strangers this browser remembers. The switch saves in both.
(() => {
  const root = document.documentElement;
  const signedIn = root.hasAttribute("data-signed-in");
  const chosen = localStorage.getItem("theme");
  if (chosen && !signedIn) root.dataset.theme = chosen;
  root.classList.add("enhanced");

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = isDark() ? "light" : "dark";
    root.dataset.theme = next;
    localStorage.setItem("theme", next);
    if (signedIn) save(next);
  });

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
