import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readServerSentEvents, type SentEvent } from "../src/api/server-sent-events.ts";
import { formatTable, printable } from "../src/table.ts";

async function read(bytes: Buffer, step: number): Promise<SentEvent[]> {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += step) controller.enqueue(bytes.subarray(at, at + step));
      controller.close();
    },
  });
  const found: SentEvent[] = [];
  for await (const sent of readServerSentEvents(new Response(body))) found.push(sent);
  return found;
}

suite("server-sent events", () => {
  test("are read however they are cut, and a block that has not ended is none", async () => {
    const text =
      'retry: 1000\n\n:\n\nid: 1.a\nevent: webhook_event\ndata: {"é":1}\n\nid: 2.b\n\ndata: a\ndata: b\n\ndata: cut';
    for (const step of [1, 2, 3, 7, 1_000]) {
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

suite("what is printed", () => {
  test("stands in columns", () => {
    assert.equal(
      formatTable(
        ["A", "LONG"],
        [
          ["xyz", 1],
          ["", null],
        ],
      ),
      "A    LONG\nxyz  1\n     -",
    );
  });

  test("gives the terminal no orders", () => {
    assert.equal(printable("\u001b[2Ja\r\nb\u009b\u202ec"), "\uFFFD[2Ja\uFFFD\uFFFDb\uFFFD\uFFFDc");
  });
});
