// Asks for what an event has changed, and names the newest event that this page has heard of. Many
// pages hear it at one moment: the server draws what they ask for once for all of them.
const TRIES = 4;
const WORTH_ANOTHER_TRY = [0, 503]; // no network, or busy for a moment

const page = document.querySelector("[data-stream]");

export async function askLive(address) {
  for (let tries = 1; ; tries += 1) {
    const response = await ask(address);
    // A card that never came would look like no news.
    if (!WORTH_ANOTHER_TRY.includes(response.status) || tries === TRIES) return response;
    await new Promise((resume) => setTimeout(resume, Math.random() * 1000 * 2 ** tries));
  }
}

async function ask(address) {
  try {
    return await fetch(address, { headers: { "Visant-Event": page?.dataset.after ?? "" } });
  } catch {
    return Response.error();
  }
}
