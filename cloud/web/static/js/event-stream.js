// Reads server-sent events by fetch. The browser's own EventSource cannot go on where a page that
// slept, or one that was just drawn, left off: it takes no Last-Event-ID of ours.

export class StreamRefused extends Error {
  constructor(status) {
    super(`the stream answered ${status}`);
    this.status = status;
  }
}

export async function* readEvents(address, { after, signal }) {
  const headers = { Accept: "text/event-stream" };
  if (after) headers["Last-Event-ID"] = after;
  const response = await fetch(address, { headers, signal, cache: "no-store" });
  if (!response.ok) throw new StreamRefused(response.status);

  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (waiting + value).split(/\r?\n\r?\n/);
    waiting = blocks.pop();
    for (const block of blocks) yield parse(block);
  }
}

function parse(block) {
  const event = { id: "", name: "message", data: "" };
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === "id") event.id = value;
    else if (field === "event") event.name = value;
    else if (field === "data") event.data += event.data ? `\n${value}` : value;
  }
  return event;
}
