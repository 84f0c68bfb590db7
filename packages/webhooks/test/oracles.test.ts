import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { Webhook as StandardWebhook } from "standardwebhooks";
import {
  getExpectedTwilioSignature,
  getExpectedBodyHash,
  validateRequestWithBody,
} from "twilio/lib/webhooks/webhooks.js";
import {
  createVerifier,
  describe as describeRequest,
  generateStandardSecret,
  providerNames,
  signStandardWebhook,
} from "../src/index.ts";
import type { SignedRequest } from "../src/index.ts";
import { publicUrl, signedRequest, signerOf, signers } from "./signers.ts";
import { randomSource } from "@condo/testing";
import type { RandomSource } from "@condo/testing";

// standardwebhooks and svix read the clock themselves.
const now = new Date(Math.floor(Date.now() / 1000) * 1000);
const rounds = 150;

interface EventExamples {
  readonly name: string;
  readonly examples: readonly { readonly action?: string }[];
}
// Its types describe an ES module; what it ships is a JSON file.
const require = createRequire(import.meta.url);
const gitHubExamples = require("@octokit/webhooks-examples") as readonly EventExamples[];

for (const provider of providerNames) {
  const signer = signerOf(provider);
  const { accepts, secret, config } = signer;
  if (accepts === undefined) continue;

  describe(provider, () => {
    const { verify } = createVerifier(provider, { secrets: [secret], config });

    test("accepts whatever body the sender's package signs", async () => {
      const random = randomSource(1);
      for (let round = 0; round < rounds; round += 1) {
        const request = await signedRequest(signer, now, random.text(1, 200));
        assert.deepEqual(verify(request, now), { ok: true }, JSON.stringify(request.body.toString()));
      }
    });

    test("accepts nothing that the sender's package refuses", async () => {
      const random = randomSource(2);
      const original = await signedRequest(signer, now);
      let accepted = 0;
      for (let round = 0; round < rounds * 4; round += 1) {
        const request = mutate(original, random);
        if (!verify(request, now).ok) continue;
        accepted += 1;
        assert.equal(await accepts(request, now), true, JSON.stringify(request.headers));
      }
      // Some mutations leave a request as it was; without any the loop would prove nothing.
      assert.ok(accepted > 0);
    });
  });
}

test("github: every published example payload is accepted and named", async () => {
  const { verify } = createVerifier("github", { secrets: [signers.github.secret] });
  let count = 0;
  for (const { name, examples: payloads } of gitHubExamples) {
    for (const payload of payloads) {
      const signed = await signedRequest(signers.github, now, JSON.stringify(payload));
      const request = { ...signed, headers: { ...signed.headers, "x-github-event": name } };
      assert.deepEqual(verify(request, now), { ok: true });
      const eventType = payload.action === undefined ? name : `${name}.${payload.action}`;
      assert.equal(describeRequest("github", request).eventType, eventType);
      count += 1;
    }
  }
  assert.ok(count > 300);
});

describe("twilio", () => {
  const secret = "token";
  const { verify } = createVerifier("twilio", { secrets: [secret] });

  test("the port may be in the signed URL or not", () => {
    const urls = ["https://a.example/x?y=1", "https://a.example:443/x?y=1", "https://a.example:8443/x"];
    const signedAs = [
      ["https://a.example/x?y=1", "https://a.example:443/x?y=1"],
      ["https://a.example/x?y=1", "https://a.example:443/x?y=1"],
      ["https://a.example/x", "https://a.example:8443/x"],
    ];
    for (const [index, url] of urls.entries()) {
      for (const signedUrl of signedAs[index] ?? []) {
        const headers = { "x-twilio-signature": getExpectedTwilioSignature(secret, signedUrl, { a: "1" }) };
        const request = { method: "POST", url, headers, body: Buffer.from("a=1") };
        assert.deepEqual(verify(request, now), { ok: true }, `${signedUrl} posted to ${url}`);
      }
    }
  });

  test("a JSON body is vouched for by its hash in the URL", () => {
    const body = '{"a":"Zoë"}';
    const url = `${publicUrl}&bodySHA256=${getExpectedBodyHash(body)}`;
    const signature = getExpectedTwilioSignature(secret, url, {});
    const request = {
      method: "POST",
      url,
      headers: { "x-twilio-signature": signature },
      body: Buffer.from(body),
    };
    assert.equal(validateRequestWithBody(secret, signature, url, body), true);
    assert.deepEqual(verify(request, now), { ok: true });
    assert.equal(verify({ ...request, body: Buffer.from('{"a":"Zoe"}') }, now).ok, false);
  });

  test("a JSON body without its hash is not taken on the strength of the URL alone", () => {
    const headers = {
      "content-type": "application/json",
      "x-twilio-signature": getExpectedTwilioSignature(secret, publicUrl, {}),
    };
    const request = { method: "POST", url: publicUrl, headers, body: Buffer.from('{"forged":true}') };
    assert.deepEqual(verify(request, now), { ok: false, reason: "wrong_signature" });
  });

  test("a form too large to sort before it is trusted is refused", () => {
    const headers = { "x-twilio-signature": getExpectedTwilioSignature(secret, publicUrl, {}) };
    for (const body of ["&a=1".repeat(200_000), `a=${"x".repeat(2_000_000)}`]) {
      const request = { method: "POST", url: publicUrl, headers, body: Buffer.from(body) };
      assert.deepEqual(verify(request, now), { ok: false, reason: "malformed_body" });
    }
  });
});

test("standardwebhooks accepts what Condo signs, with each secret of a rotation", () => {
  const random = randomSource(3);
  for (let round = 0; round < rounds; round += 1) {
    const secrets = [generateStandardSecret(), generateStandardSecret()];
    const body = Buffer.from(random.text(0, 200));
    const headers = signStandardWebhook(secrets, `msg_${round}`, now.getTime() / 1000, body);
    for (const secret of secrets) {
      new StandardWebhook(secret).verify(body, { ...headers }, { jsonParse: false });
    }
    assert.throws(() => new StandardWebhook(generateStandardSecret()).verify(body, { ...headers }));
  }
});

/** One small dishonesty or sloppiness, of the kinds that lenient parsers let through. */
function mutate(request: SignedRequest, random: RandomSource): SignedRequest {
  const names = Object.keys(request.headers);
  const name = random.pick(names);
  const value = request.headers[name] ?? "";
  const at = random.below(value.length);
  const changed = random.pick([
    value,
    value.toUpperCase(),
    value.replace(/=+$/, ""),
    value.replaceAll("+", "-").replaceAll("/", "_"),
    ` ${value}`,
    `${value} `,
    `+${value}`,
    `0${value}`,
    `${value}.0`,
    `${value}, ${value}`,
    `${value} ${value}`,
    `${value},v1=00`,
    `${value} v1,AAAA`,
    `v2,AAAA ${value}`,
    value.slice(0, at) + random.text(1, 2) + value.slice(at + 1),
    value.slice(0, at) + value.slice(at + 1),
  ]);
  const body = Buffer.from(
    random.pick([request.body.toString(), `${request.body.toString()} `, random.text(1, 40)]),
  );
  return { ...request, headers: { ...request.headers, [name]: changed }, body };
}
