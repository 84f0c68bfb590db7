/** A block of a stream of server-sent events (WHATWG HTML, 9.2); without data it only tells a place. */
export interface SentEvent {
  id: string | undefined;
  data: string | undefined;
}

/** Of what ends a block, so much may come before the rest. */
const longestCut = "\r\n\r".length;

/** Reads a stream of server-sent events, as its blocks end. */
export async function* readServerSentEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder();
  // Of a block that has not ended; a large one comes in many chunks, and is not looked through for its end at each.
  let begun: string[] = [];
  let rest = "";
  for await (const chunk of chunks) {
    const blocks = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n\r?\n/);
    const last = blocks.pop() ?? "";
    for (const block of blocks) {
      yield parse(begun.join("") + block);
      begun = [];
    }
    begun.push(last.slice(0, -longestCut));
    rest = last.slice(-longestCut);
  }
}

function parse(block: string): SentEvent {
  let id: string | undefined;
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, name, value = ""] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (name === "id") id = value;
    if (name === "data") data.push(value);
  }
  return { id, data: data.length > 0 ? data.join("\n") : undefined };
}
