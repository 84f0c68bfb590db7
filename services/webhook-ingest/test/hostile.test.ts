import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:net";
import { before, suite, test } from "node:test";
import { sourceRejections } from "@condo/intake";
import { eventually } from "@condo/testing";
import { post, signature, startIngest, type TestSource } from "./ingest.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
let source: TestSource;
let bearing: TestSource;
const limit = 100_000;

before(async () => {
  ingest = await startIngest({ MAX_WEBHOOK_BYTES: String(limit), MAX_BULK_BYTES: "2000000" });
  source = await ingest.createSource();
  bearing = await ingest.createSource({ provider: "bearer" });
});

/** Writes bytes to a socket and gives all that comes back until it closes, or until an answer is complete. */
async function raw(parts: (string | Buffer)[], isHalfClosed = false): Promise<string> {
  const socket = connect({ port: ingest.port, host: "127.0.0.1", allowHalfOpen: true });
  await once(socket, "connect");
  let answer = "";
  const ended = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      const length = /content-length: (\d+)/i.exec(answer);
      const head = answer.indexOf("\r\n\r\n");
      if (length && head !== -1 && answer.length >= head + 4 + Number(length[1])) resolve();
    });
    socket.on("error", () => resolve());
    socket.on("end", () => resolve());
  });
  for (const part of parts) if (socket.writable) socket.write(part);
  if (isHalfClosed) socket.end();
  await ended;
  socket.destroy();
  return answer;
}

const head = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, "Host: x", `X-Tenant-ID: ${source.slug}`, ...headers].join("\r\n")}\r\n\r\n`;
const path = () => `/api/v1/webhooks/${source.service}`;

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
}

suite("what no sender sends", () => {
  test("too much is 413, told or not, and the caller can read the answer", async () => {
    const chunk = `2710\r\n${"x".repeat(10_000)}\r\n`;
    const answers = [
      await raw([head(path(), `Content-Length: ${limit + 1}`), Buffer.alloc(limit + 1)]),
      await raw([head(path(), `Content-Length: ${limit + 1}`, "Connection: close"), Buffer.alloc(limit + 1)]),
      await raw([head(path(), "Transfer-Encoding: chunked"), chunk.repeat(20), "0\r\n\r\n"]),
      await raw([
        head(path(), "Transfer-Encoding: chunked", "Connection: close"),
        chunk.repeat(200),
        "0\r\n\r\n",
      ]),
      await raw([head(path(), "Content-Length: 99999999999999999999999")]),
    ];
    for (const answer of answers.slice(0, 4)) {
      assert.equal(statusOf(answer), 413, answer);
      assert.match(answer, /body_too_large/);
    }
    assert.ok([400, 413].includes(statusOf(answers[4] ?? "")));
  });

  test("a caller that writes all of what is too much before it reads is not cut off", async () => {
    const length = 32 * 1024 * 1024;
    for (const extra of [[], ["Connection: close"]]) {
      const socket = connect(ingest.port, "127.0.0.1");
      await once(socket, "connect");
      socket.pause();
      socket.write(head(path(), `Content-Length: ${length}`, ...extra));
      await new Promise<void>((resolve, reject) => {
        socket.on("error", reject);
        socket.write(Buffer.alloc(length), (error) => (error ? reject(error) : resolve()));
      });
      socket.resume();
      assert.equal(statusOf(String((await once(socket, "data"))[0])), 413);
      socket.destroy();
    }
  });

  test("a body that breaks off, or a request that is none, is 400", async () => {
    const broken = [
      await raw([head(path(), "Content-Length: 100"), "half"], true),
      await raw([head(path(), "Transfer-Encoding: chunked"), "5\r\nhel"], true),
      await raw([head(path(), "Transfer-Encoding: chunked"), "zz\r\nhello\r\n"]),
      await raw([head(path(), "Content-Length: 1", "Content-Length: 2"), "x"]),
      await raw([head(path(), "Content-Length: 3", "Transfer-Encoding: chunked"), "0\r\n\r\n"]),
      await raw(["GARBAGE\r\n\r\n"]),
      await raw([randomBytes(500)]),
      await raw([`POST ${path()} HTTP/1.1\r\nX: ${"x".repeat(100_000)}\r\n\r\n`]),
    ];
    for (const answer of broken) {
      const status = statusOf(answer);
      assert.ok(status >= 400 && status < 500, answer.slice(0, 300));
    }
  });

  test("bodies that hurt parsers are taken as bytes when they are signed, and refused when not", async () => {
    const bodies = [
      "[".repeat(50_000),
      `{"a":`.repeat(10_000),
      "[".repeat(50_000) + "]".repeat(50_000),
      `{"event_id":${"[".repeat(40_000)}${"]".repeat(40_000)}}`,
      `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`,
      `{"event_id":"\\u0000","type":"\\ud800"}`,
      `{"event_id":"\u0000\\ud800","type":"a\u0000b"}`,
      "\u0000".repeat(100),
      "",
      `{"event_id":${"9".repeat(400)}}`,
    ].map((text) => Buffer.from(text));
    bodies.push(Buffer.from([0xed, 0xa0, 0x80]), randomBytes(1_000));
    const sources = [source, await ingest.createSource({ provider: "github", secrets: [{ secret: "s" }] })];
    for (const body of bodies) {
      for (const to of sources) {
        const isGitHub = to !== source;
        const signed = signature(to.secret, body);
        const headers = isGitHub ? { "x-hub-signature-256": `sha256=${signed["x-signature"]}` } : signed;
        const url = `${ingest.origin}/api/v1/webhooks/${to.service}/${to.key}`;
        assert.equal((await post(url, body, { ...headers, "x-github-delivery": "d" })).status, 202);
        assert.equal((await post(url, body, {})).status, 401);
      }
      const bulk = await post(
        `${ingest.origin}/api/v1/webhooks/${bearing.service}/${bearing.key}/bulk`,
        body,
        {
          authorization: `Bearer ${bearing.secret}`,
        },
      );
      assert.equal(bulk.status, 207);
    }
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  test("a webhook is taken, and refused, whatever a proxy says whom it is from", async () => {
    const body = Buffer.from("{}");
    const own = await ingest.createSource();
    const url = `${ingest.origin}/api/v1/webhooks/${own.service}/${own.key}`;
    for (const forwarded of ["foo", "1.2.3.4:55", "fe80::1%eth0", "x".repeat(4_000)]) {
      const headers = { "x-forwarded-for": forwarded };
      const signed = { ...headers, ...signature(own.secret, body) };
      assert.equal((await post(url, body, signed)).status, 202, forwarded);
      assert.equal((await post(url, body, headers)).status, 401, forwarded);
      assert.equal((await post(`${url}x`, body, headers)).status, 404, forwarded);
    }
    const noted = await eventually("all refusals are noted", async () => {
      const rejections = await sourceRejections(ingest.redis, own.sourceId);
      return rejections.length === 4 && rejections.map(({ address }) => address);
    });
    assert.deepEqual(noted, ["127.0.0.1", "fe80::1", "1.2.3.4", "127.0.0.1"]);
  });

  test("random requests are 4xx with a reason, and the process stays", async () => {
    const names = [
      "x-signature",
      "content-type",
      "content-encoding",
      "x-tenant-id",
      "authorization",
      "x-request-id",
    ];
    const pick = <T>(list: readonly T[]) => list[randomInt(list.length)] as T;
    const junk = () =>
      pick(["", "a", "%00", "..", "\u00ff".repeat(3), "9".repeat(300), "{}", "[", source.slug, "gzip"]);
    const paths = [
      path(),
      `${path()}/bulk`,
      `${path()}/${source.key}`,
      `${path()}/${source.key}/bulk`,
      `${path()}/x/y/z`,
      "/api/v1/webhooks/",
      "/api/v1/webhooks/%00",
      "/api/v1/webhooks/%E0%A4%A",
      "/api/v1/webhooks/__proto__",
      "/api/v1/webhooks/health",
    ];
    for (let turn = 0; turn < 2_000; turn++) {
      const body = randomBytes(randomInt(200));
      const request = [
        `${pick(["POST", "POST", "GET", "PUT", "DELETE", "OPTIONS", "PROPFIND"])} ${pick(paths)}${pick(["", "?a=%", "?%00"])} HTTP/1.1`,
        "Host: x",
        ...Array.from({ length: randomInt(4) }, () => `${pick(names)}: ${junk()}`),
        `Content-Length: ${body.length}`,
        "Connection: close",
      ];
      const answer = await raw([Buffer.from(`${request.join("\r\n")}\r\n\r\n`, "latin1"), body]);
      const status = statusOf(answer);
      const isExpected =
        (status >= 400 && status < 500) ||
        (/webhooks\/health|OPTIONS/.test(request[0] ?? "") && status < 500);
      assert.ok(isExpected && status > 0, `${request.join("\n")}\n\n${answer.slice(0, 400)}`);
    }
    const body = '{"still":"here"}';
    const answer = await post(
      `${ingest.origin}${path()}/${source.key}`,
      body,
      signature(source.secret, body),
    );
    assert.equal(answer.status, 202);
  });
});

suite("names that nobody has", () => {
  test("are looked up only so often; services that are known go on", async () => {
    const url = `${ingest.origin}/api/v1/webhooks`;
    const statuses: number[] = [];
    for (let turn = 0; turn < 150; turn++) {
      statuses.push((await post(`${url}/no-such-${turn}`, "{}", { "x-tenant-id": `nobody-${turn}` })).status);
    }
    assert.ok(statuses.includes(429) && statuses.every((status) => status === 404 || status === 429));
    const body = '{"known":true}';
    const known = await post(`${url}/${source.service}`, body, {
      ...signature(source.secret, body),
      "x-tenant-id": source.slug,
    });
    assert.equal(known.status, 202, "from memory");
    await eventually("its patience is back", async () => {
      const answer = await post(`${url}/no-such`, "{}", { "x-tenant-id": "nobody" });
      return answer.status === 404;
    });
  });
});
