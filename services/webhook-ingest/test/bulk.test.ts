import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import { decodeEntry, intakeStreamOf } from "@condo/intake";
import { EventSplitter, type Item } from "../src/split-events.ts";
import { post, signature, startIngest, type Answer, type TestSource } from "./ingest.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
let signing: TestSource;
let bearing: TestSource;

before(async () => {
  ingest = await startIngest({ MAX_WEBHOOK_BYTES: "2000000", MAX_BULK_BYTES: "20000000" });
  signing = await ingest.createSource();
  bearing = await ingest.createSource({ provider: "bearer" });
});

const urlOf = (source: TestSource) => `${ingest.origin}/api/v1/webhooks/${source.service}/${source.key}/bulk`;

function sendSigned(body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  return post(urlOf(signing), body, { ...signature(signing.secret, body), ...headers });
}

function sendBearing(
  body: string | Buffer | ReadableStream<Uint8Array>,
  headers: Record<string, string> = {},
) {
  return post(urlOf(bearing), body, { authorization: `Bearer ${bearing.secret}`, ...headers });
}

async function storedBodies(): Promise<Map<string, string>> {
  const entries = await ingest.redis.xrangeBuffer(intakeStreamOf(0), "-", "+");
  return new Map(
    entries.map(([, fields]) => {
      const event = decodeEntry(fields[1], fields[3]);
      return [event.id, event.body.toString("utf8")];
    }),
  );
}

suite("what is signed before it is packed", () => {
  const ways = [
    ["one webhook", (source: TestSource) => urlOf(source).replace(/\/bulk$/, ""), 202],
    ["a bulk", urlOf, 207],
  ] as const;
  for (const [what, url, taken] of ways) {
    test(`${what}: is unpacked so far as could have been sent as well`, async () => {
      const padded = (length: number) => Buffer.concat([Buffer.from(`{"a":1}\n`), Buffer.alloc(length, " ")]);
      const [small, large] = [padded(200_000), padded(1_500_000)];
      const send = async (body: Buffer, signed: Buffer, secret = signing.secret) => {
        const headers = { "content-encoding": "gzip", ...signature(secret, signed) };
        const answer = await post(url(signing), gzipSync(body), headers);
        return [answer.status, answer.body.code];
      };
      assert.deepEqual(await send(small, small), [taken, undefined]);
      assert.deepEqual(await send(large, gzipSync(large)), [taken, undefined], "as sent, it is proven");
      assert.deepEqual(await send(large, large), [413, "body_too_large"]);
      assert.deepEqual(await send(large, large, "another secret"), [413, "body_too_large"]);
      assert.deepEqual(await send(small, small, "another secret"), [401, "wrong_signature"]);
    });
  }
});

suite("bulk", () => {
  test("an array, or lines: a verdict an item, and a bad one costs no other", async () => {
    const items = [`{"a": 1}`, `{"b":`, `"],["`, `{"c":"\\"]"}`, `[1,[2]]`, `nonsense`, `7`];
    for (const send of [sendSigned, sendBearing]) {
      const array = await send(`[${items.map((item) => (item === `{"b":` ? `{"b":}` : item)).join(" ,\n")}]`);
      const lines = await send(items.map((item) => item.replace("1", "11")).join("\r\n\n"), {
        "content-type": "application/x-ndjson",
      });
      const stored = await storedBodies();
      for (const answer of [array, lines]) {
        assert.equal(answer.status, 207, JSON.stringify(answer.body));
        const statuses = answer.body.results.map(
          (result: { status: string }) => result.status === "rejected",
        );
        assert.deepEqual(statuses, [false, true, false, false, false, true, false]);
        assert.equal(answer.body.results[1].code, "malformed_json");
        assert.equal(answer.body.results[3].index, 3);
        assert.equal(stored.get(answer.body.results[3].id), items[3]);
      }
    }
  });

  test("an item that is not UTF-8 is none, and costs no other; what is about it is stored to the byte", async () => {
    const latin1 = Buffer.from(`{"name":"Müller"}`, "latin1");
    const [lone, overlong] = [
      [0xed, 0xa0, 0x80],
      [0xc0, 0xaf],
    ].map((bytes) => Buffer.from([34, ...bytes, 34]));
    const good = [`{"u":"Müller 😀"}`, `{"u":"\\ud800"}`, `{"u":"last"}`].map((text) => Buffer.from(text));
    const items = [good[0], latin1, good[1], lone, overlong, good[2]] as Buffer[];
    const join = (by: string) =>
      items.flatMap((item, index) => (index === 0 ? [item] : [Buffer.from(by), item]));
    const array = Buffer.concat([Buffer.from("["), ...join(","), Buffer.from("]")]);
    const lines = Buffer.concat(join("\n"));
    for (const send of [sendSigned, sendBearing]) {
      for (const [body, type] of [
        [array, "application/json"],
        [lines, "application/x-ndjson"],
      ] as const) {
        const { status, body: answer } = await send(body, { "content-type": type });
        assert.equal(status, 207);
        const codes = answer.results.map((result: { code?: string }) => result.code);
        const bad = "malformed_utf8";
        assert.deepEqual(codes, [undefined, bad, undefined, bad, bad, undefined]);
        const stored = await storedBodies();
        for (const index of [0, 2, 5]) {
          assert.equal(stored.get(answer.results[index].id), items[index]?.toString("utf8"));
        }
      }
    }
  });

  test("10,000 events that stream in are taken, and no more", async () => {
    const count = 10_001;
    let next = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        const lines = Array.from({ length: 500 }, () => `{"event_id":"flat-${next}","n":${next++}}\n`).join(
          "",
        );
        controller.enqueue(Buffer.from(lines));
        if (next >= count) controller.close();
      },
    });
    const { status, body } = await sendBearing(stream, { "content-type": "application/x-ndjson" });
    assert.equal(status, 207);
    assert.equal(body.results.length, count);
    assert.ok(body.results.slice(0, -1).every((result: { status: string }) => result.status === "accepted"));
    assert.deepEqual(body.results.at(-1), { index: 10_000, status: "rejected", code: "too_many_items" });
    const again = await sendBearing(`[{"event_id":"flat-1"},{"event_id":"flat-1"}]`);
    assert.deepEqual(
      again.body.results.map((result: { status: string }) => result.status),
      ["duplicate", "duplicate"],
    );
  });

  test("nothing of an unsigned whole is stored", async () => {
    const before = await ingest.redis.xlen(intakeStreamOf(0));
    const body = `[{"x":1},{"x":2}]`;
    const forged = await post(urlOf(signing), body, signature("another secret", body));
    assert.deepEqual([forged.status, forged.body.code], [401, "wrong_signature"]);
    const stranger = await post(urlOf(bearing), body, { authorization: "Bearer wrong" });
    assert.deepEqual([stranger.status, stranger.body.code], [401, "wrong_credentials"]);
    assert.equal(await ingest.redis.xlen(intakeStreamOf(0)), before);
  });

  test("items that are the same to the byte are one event, but not where the request has an id", async () => {
    const same = await sendSigned(`[{"same":1},{"same":1}]`);
    assert.deepEqual(
      same.body.results.map((result: { status: string }) => result.status),
      ["accepted", "duplicate"],
    );
    const numbered = await ingest.createSource({ provider: "bearer", config: { id_header: "x-id" } });
    const headers = { authorization: `Bearer ${numbered.secret}`, "x-id": "batch-1" };
    const first = await post(urlOf(numbered), `[{"same":1},{"same":1}]`, headers);
    assert.deepEqual(
      first.body.results.map((result: { status: string }) => result.status),
      ["accepted", "accepted"],
    );
    const again = await post(urlOf(numbered), `[{"same":1},{"same":1}]`, headers);
    assert.deepEqual(
      again.body.results.map((result: { id: string; status: string }) => [result.id, result.status]),
      first.body.results.map((result: { id: string }) => [result.id, "duplicate"]),
    );
  });

  test("what goes wrong half-way is a verdict, and what came before it stands", async () => {
    const large = `{"large":"${"x".repeat(1024 * 1024)}"}`;
    const cases: [string, Answer, string[]][] = [
      ["cut off", await sendBearing(`[{"cut":1},{"cut":`), ["accepted", "truncated"]],
      ["large", await sendBearing(`[{"l":1},${large},{"l":2}]`), ["accepted", "item_too_large", "accepted"]],
      ["junk after", await sendBearing(`[{"j":1}] x`), ["accepted", "malformed_json"]],
      ["comma", await sendBearing(`[{"k":1},]`), ["accepted", "malformed_json"]],
      ["packed", await sendBearing(gzipSync(`[{"p":1}]`), { "content-encoding": "gzip" }), ["accepted"]],
      [
        "packed and cut",
        await sendBearing(gzipSync(`[{"q":1}]`).subarray(0, -6), { "content-encoding": "gzip" }),
        ["accepted", "malformed_encoding"],
      ],
      [
        "too much",
        await sendBearing(gzipSync(`[{"r":1},${`${" ".repeat(1_000_000)},`.repeat(25)}1]`), {
          "content-encoding": "gzip",
        }),
        ["accepted"],
      ],
      ["empty", await sendBearing("[]"), []],
    ];
    for (const [name, answer, expected] of cases) {
      assert.equal(answer.status, 207, `${name}: ${JSON.stringify(answer.body)}`);
      const told = answer.body.results.map(
        (result: { status: string; code?: string }) => result.code ?? result.status,
      );
      assert.deepEqual(told.slice(0, expected.length), expected, name);
      if (name === "too much") assert.equal(told.at(-1), "body_too_large");
    }
  });
});

suite("the splitter", () => {
  function split(chunks: Buffer[], isLines = false): Item[] {
    const splitter = new EventSplitter(1_000, isLines);
    return [...chunks.flatMap((chunk) => [...splitter.push(chunk)]), ...splitter.end()];
  }

  test("cuts at the same places however the bytes are chunked", () => {
    const text = Buffer.from(` [ {"a":"]\\"},{"} , [1,[2,{"b":"\\\\"}]],"ü, 😀",null , -1.5e3 ]\n`);
    const whole = split([text]);
    const values = whole.map((item) => ("bytes" in item ? JSON.parse(item.bytes.toString("utf8")) : item));
    assert.deepEqual(values, JSON.parse(text.toString("utf8")));
    for (let at = 0; at <= text.length; at++) {
      assert.deepEqual(split([text.subarray(0, at), text.subarray(at)]), whole, `cut at ${at}`);
    }
    assert.deepEqual(split(Array.from(text, (byte) => Buffer.from([byte]))), whole);
  });

  test("a byte order mark is no part of the first item, and half of one is none", () => {
    const mark = Buffer.from([0xef, 0xbb, 0xbf]);
    for (const [text, isLines] of [
      [`[{"a":1},{"a":2}]`, false],
      [`{"a":1}\r\n{"a":2}`, false],
      [`{"a":1}\n{"a":2}\n`, true],
    ] as const) {
      const plain = split([Buffer.from(text)], isLines);
      const marked = Buffer.concat([mark, Buffer.from(text)]);
      assert.deepEqual(split([marked], isLines), plain);
      assert.deepEqual(
        split(
          Array.from(marked, (byte) => Buffer.from([byte])),
          isLines,
        ),
        plain,
      );
      const half = split([marked.subarray(0, 2), Buffer.from(text)], isLines);
      assert.deepEqual(half, [...plain, { problem: "malformed_json" }]);
    }
  });

  test("goes on after what is too large", () => {
    const items = split([
      Buffer.from(`[{"a":1},"`),
      ...Array.from({ length: 50 }, () => Buffer.alloc(100, 120)),
      Buffer.from(`",2]`),
    ]);
    assert.deepEqual(
      items.map((item) => ("bytes" in item ? item.bytes.toString("utf8") : item.problem)),
      [`{"a":1}`, "item_too_large", "2"],
    );
  });
});
