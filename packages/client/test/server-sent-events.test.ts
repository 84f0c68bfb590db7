import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readServerSentEvents, type SentEvent } from "../src/server-sent-events.ts";

async function read(bytes: Buffer, step: number): Promise<SentEvent[]> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
  }
  const found: SentEvent[] = [];
  for await (const sent of readServerSentEvents(chunks())) found.push(sent);
  return found;
}

suite("server-sent events", () => {
  test("are read however they are cut, and a block that has not ended is none", async () => {
    const text =
      'retry: 1000\n\n:\n\nid: 1.a\nevent: webhook_event\ndata: {"é":1}\n\nid: 2.b\n\ndata: a\ndata: b\n\ndata: cut';
    const ways = [1, 2, 3, 7, 1_000].flatMap((step) => [
      { text, step },
      { text: text.replaceAll("\n", "\r\n"), step },
    ]);
    for (const { text, step } of ways) {
      const found = await read(Buffer.from(text), step);
      assert.deepEqual(
        found.filter(({ id, data }) => id ?? data),
        [
          { id: "1.a", data: '{"é":1}' },
          { id: "2.b", data: undefined },
          { id: undefined, data: "a\nb" },
        ],
        `in steps of ${step}`,
      );
    }
  });
});
