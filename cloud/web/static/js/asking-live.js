// Asks for what an event has changed, and names the newest event that this page has heard of. Many
// pages hear it at one moment: the server draws what they ask for once for all of them.
const TRIES = 4;

const page = document.querySelector("[data-stream]");

export async function askLive(address) {
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(address, { headers: { "Visant-Event": page?.dataset.after ?? "" } });
    // Busy for a moment: a card that never came would look like no news.
    if (response.status !== 503 || tries === TRIES) return response;
    await new Promise((resume) => setTimeout(resume, Math.random() * 1000 * 2 ** tries));
  }
}
