import assert from "node:assert/strict";
import { test } from "node:test";
import { challengeAnswer, createVerifier, describe, providerNames, rejectionReasons } from "../src/index.ts";
import type { SignedRequest } from "../src/index.ts";
import { signedRequest, signerOf } from "./signers.ts";
import { randomSource } from "@condo/testing";
import type { RandomSource } from "@condo/testing";

const now = new Date("2026-03-01T12:00:00Z");
const megabyte = 1024 * 1024;
/** Of this thread alone, whatever else runs: a step for each pair of bytes would take minutes. */
const longestCpuUs = 5_000_000;

for (const provider of providerNames) {
  test(`${provider}: nothing that a stranger sends makes it throw, accept or take long`, async () => {
    const signer = signerOf(provider);
    const { secret, config } = signer;
    const { verify } = createVerifier(provider, { secrets: [secret], config });
    const original = await signedRequest(signer, now);
    const random = randomSource(4);
    for (let round = 0; round < 400; round += 1) {
      checkOne(corrupt(original, random));
    }
    for (const request of monsters(original)) {
      const before = process.threadCpuUsage();
      checkOne(request);
      const { user } = process.threadCpuUsage(before);
      assert.ok(user < longestCpuUs, `${user} µs`);
    }

    function checkOne(request: SignedRequest) {
      const verdict = verify(request, now);
      if (!verdict.ok) assert.ok(rejectionReasons.includes(verdict.reason));
      if (signer.bodySigned && verdict.ok) assert.ok(request.body.equals(original.body));
      const { eventId, eventType } = describe(provider, request, config);
      if (eventId !== null) assert.match(eventId, /^[\x20-\x7e]{1,256}$/);
      assert.match(eventType, /^[A-Za-z0-9_.:/-]{1,128}$/);
      challengeAnswer(provider, request, [secret], config);
    }
  });
}

/** The sender's request with at least its body or one of its headers made up. */
function corrupt(original: SignedRequest, random: RandomSource): SignedRequest {
  const nonsense: readonly string[] = [
    "\0",
    "\ud800",
    "=",
    ",",
    " ",
    "v1,",
    "v1a,",
    "t=,v1=",
    "sha256=",
    "Basic ",
    "Bearer \udfff",
    "NaN",
    "1e3",
    "-0",
    random.text(1, 100),
    random.bytes(64).toString("hex"),
    random.bytes(64).toString("base64"),
    `v1a,${random.bytes(64).toString("base64")}`,
    `t=1772366400,v1=${random.bytes(32).toString("hex")}`,
  ];
  const bodies: readonly Buffer[] = [
    Buffer.alloc(0),
    random.bytes(random.below(200)),
    Buffer.from(random.text(0, 200)),
    Buffer.from('{"__proto__":{"type":"x"},"constructor":{"prototype":1}}'),
    Buffer.from('{"type":{"toString":1},"id":[],"event":null,"events":[null,7],"value":[null]}'),
    Buffer.from("null"),
    Buffer.from('"text"'),
  ];
  const headers: Record<string, string | undefined> = {
    "content-type": random.pick(["", "application/x-www-form-urlencoded"]),
  };
  for (const [name, value] of Object.entries(original.headers)) {
    headers[name] = random.pick([value, undefined, random.pick(nonsense)]);
  }
  const urls = ["", "?", "https://", "http://[::1", "https://a:b@c:99/?bodySHA256=", random.text(0, 50)];
  return {
    method: random.pick(["POST", "GET", "", "\0"]),
    url: random.pick([original.url, ...urls]),
    headers,
    body: random.pick(bodies),
  };
}

/** Requests made to cost time or memory. */
function monsters(original: SignedRequest): SignedRequest[] {
  const fillers = ["A", "v1,A= ", "v1=00,", ":1", " ", "\0", "="].map((part) =>
    part.repeat(Math.ceil(megabyte / part.length)),
  );
  const headers = fillers.map((filler) =>
    Object.fromEntries(Object.keys(original.headers).map((name) => [name, filler])),
  );
  const form = { ...original.headers, "content-type": "application/x-www-form-urlencoded" };
  const bodies = ["[", '{"a":', "&a", "a=1&", "%", "[1],"].map((part) =>
    Buffer.from(part.repeat(megabyte / 4)),
  );
  const urls = fillers.flatMap((filler) => [`https://${filler}`, `https://a/?${filler}`]);
  const changes: readonly Partial<SignedRequest>[] = [
    ...headers.map((monstrous) => ({ headers: monstrous })),
    ...bodies.flatMap((body) => [{ body }, { body, headers: form }]),
    ...urls.map((url) => ({ url })),
  ];
  return changes.map((change) => Object.assign({}, original, change));
}
