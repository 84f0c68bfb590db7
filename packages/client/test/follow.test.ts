import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { suite, test } from "node:test";
import { follow } from "../src/follow.ts";

const silenceMs = 50;

/** Connections, each of which brings what it says, and then nothing more. */
function server(...streams: string[][]) {
  const places: (string | undefined)[] = [];
  const open = async (_path: string, init: { headers: Record<string, string>; signal: AbortSignal }) => {
    const blocks = streams[places.length] ?? [];
    places.push(init.headers["last-event-id"]);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const block of blocks) controller.enqueue(new TextEncoder().encode(`${block}\n\n`));
        init.signal.addEventListener("abort", () => controller.error(init.signal.reason), { once: true });
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  return { open, places };
}

const event = (id: string) => `id: ${id}\nevent: webhook_event\ndata: {"id":"${id}"}`;

suite("following", () => {
  test("a stream that falls silent is opened anew, behind what came", async () => {
    const { open, places } = server(["id: start", event("a")], [event("b")]);
    const seen: string[] = [];
    for await (const { id } of follow(open, {}, silenceMs)) {
      seen.push(id);
      if (id === "b") break;
    }
    assert.deepEqual(seen, ["a", "b"]);
    assert.deepEqual(places, [undefined, "a"]);
  });

  test("whoever takes long over an event is not taken for a silent stream", async () => {
    const { open, places } = server(["id: start", event("a"), event("b")], [event("b")]);
    const seen: string[] = [];
    for await (const { id } of follow(open, {}, silenceMs)) {
      seen.push(id);
      await pause(silenceMs * 2);
      if (id === "b") break;
    }
    assert.deepEqual(seen, ["a", "b"]);
    assert.equal(places.length, 1);
  });
});
