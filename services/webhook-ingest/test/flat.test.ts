import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { post, signature, startIngest, type TestSource } from "./ingest.ts";
import { runIngest } from "./process.ts";

const megabyte = 1_000_000;
const [items, itemBytes] = [200, 100_000];
const times = 8;
/** The large body is 160 MB: holding it takes more than this, and what V8 leaves lying before it collects less. */
const growthLimit = 90 * megabyte;

/** Lines of JSON. Few of them are different events, so that Redis need not hold them all. */
function linesOfJson(): Buffer {
  const body = Buffer.alloc(items * itemBytes, "x");
  for (let item = 0; item < items; item++) {
    body.write(`{"event_id":"${item % 50}","pad":"`, item * itemBytes);
    body.write(`"}\n`, (item + 1) * itemBytes - 3);
  }
  return body;
}

/** The most memory that a process has had so far, in bytes. */
async function peakOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

suite("a bulk", () => {
  test("eight times as large takes no more memory, however it comes", { timeout: 120_000 }, async () => {
    const ingest = await startIngest({ MAX_BULK_BYTES: String(times * items * itemBytes) });
    const [signing, bearing] = [
      await ingest.createSource(),
      await ingest.createSource({ provider: "bearer" }),
    ];
    // As in infra/Dockerfile: by itself V8 lets its young generation grow to 128 MiB, whatever is held.
    const nodeOptions = ["--max-semi-space-size=16"];
    const { child, origin } = await runIngest(ingest.variables, { nodeOptions });

    async function send(source: TestSource, body: Buffer, isPacked: boolean, count: number): Promise<number> {
      const answer = await post(`${origin}/api/v1/webhooks/${source.service}/${source.key}/bulk`, body, {
        ...(source === signing
          ? signature(source.secret, body)
          : { authorization: `Bearer ${source.secret}` }),
        ...(isPacked ? { "content-encoding": "gzip" } : {}),
        "content-type": "application/x-ndjson",
      });
      const taken = answer.body.results?.filter(({ status }: { status: string }) => status !== "rejected");
      assert.deepEqual([answer.status, taken?.length], [207, count]);
      return peakOf(child.pid);
    }

    const plain = linesOfJson();
    const packed = gzipSync(plain, { level: 1 });
    const ways: [string, TestSource, Buffer][] = [
      ["with credentials", bearing, plain],
      ["signed", signing, plain],
      ["signed, packed", signing, packed],
    ];
    let before = 0;
    for (const [, source, body] of ways) before = await send(source, body, body === packed, items);
    for (const [way, source, body] of ways) {
      const large = Buffer.concat(Array.from({ length: times }, () => body));
      const grown = (await send(source, large, body === packed, times * items)) - before;
      assert.ok(grown < growthLimit, `${way}: ${Math.round(grown / megabyte)} MB more`);
    }
    child.kill("SIGKILL");
  });
});
