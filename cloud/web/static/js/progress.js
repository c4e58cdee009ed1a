// A thin line at the top of the page while something is waited for; progress.css has it appear only
// after 300 ms, so that what is quick does not flicker.
const PATIENCE = 20_000;

const waitedFor = new Set();
let givesUp;

/** Shows the line until the promise is settled, and gives what it gives. */
export async function waitFor(promise) {
  begin(promise);
  try {
    return await promise;
  } finally {
    end(promise);
  }
}

function begin(one) {
  waitedFor.add(one);
  document.body.classList.add("is-waiting");
}

function end(one) {
  waitedFor.delete(one);
  if (!waitedFor.size) document.body.classList.remove("is-waiting");
}

document.addEventListener("htmx:before:request", (event) => begin(event.detail.ctx));
document.addEventListener("htmx:finally:request", (event) => end(event.detail.ctx));

// The page is about to give way to another one: until then no key of this one means anything. An
// answer that is saved to a file leaves the page where it is and does not say so: hence the patience.
globalThis.navigation?.addEventListener("navigate", ({ destination, downloadRequest, signal }) => {
  if (destination.sameDocument || downloadRequest !== null) return;
  document.body.ariaBusy = "true";
  clearTimeout(givesUp);
  givesUp = setTimeout(stay, PATIENCE);
  signal.addEventListener("abort", stay);
});
addEventListener("pageshow", stay);

function stay() {
  document.body.ariaBusy = null;
}
