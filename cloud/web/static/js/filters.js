// Keeps the address in step with the filters, so that a reload or a sent link shows the same.
const form = document.getElementById("filters");

form.addEventListener("htmx:after:swap", () => {
  const chosen = [...new FormData(form)].filter(([, value]) => value !== "");
  const query = new URLSearchParams(chosen).toString();
  history.replaceState(history.state, "", query ? `${location.pathname}?${query}` : location.pathname);
});

// A filtered gallery does not move by itself: live.js shows this button instead.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-newer]")) form.requestSubmit();
});
