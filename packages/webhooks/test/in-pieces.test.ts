import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { describe, test } from "node:test";
import { getExpectedTwilioSignature } from "twilio/lib/webhooks/webhooks.js";
import { createVerifier, providerNames } from "../src/index.ts";
import type { ProviderName, SignedRequest, Verdict } from "../src/index.ts";
import { signedRequest, signerOf } from "./signers.ts";

const now = new Date("2026-03-01T12:00:00Z");

/** How much of the request a provider has to see before there is a verdict, for the signers as they sign here. */
const needs: Record<ProviderName, "head" | "pieces" | "whole"> = {
  "standard-webhooks": "pieces",
  svix: "pieces",
  stripe: "pieces",
  github: "pieces",
  shopify: "pieces",
  slack: "pieces",
  twilio: "whole",
  sendgrid: "pieces",
  discord: "whole",
  line: "pieces",
  meta: "pieces",
  "microsoft-graph": "whole",
  zoom: "pieces",
  dropbox: "pieces",
  condo: "pieces",
  hmac: "pieces",
  ed25519: "whole",
  ecdsa: "pieces",
  basic: "head",
  bearer: "head",
  "api-key": "head",
};

function inPieces(
  provider: ProviderName,
  secrets: readonly string[],
  { body, ...head }: SignedRequest,
  sizes: readonly number[],
): Verdict {
  const opened = createVerifier(provider, { secrets, config: signerOf(provider).config }).open(head, now);
  if ("ok" in opened) return opened;
  let from = 0;
  for (const size of sizes) opened.update(body.subarray(from, (from += size)));
  opened.update(body.subarray(from));
  return opened.verdict();
}

for (const provider of providerNames) {
  describe(provider, () => {
    const signer = signerOf(provider);
    const { secret, otherSecret, config } = signer;

    test(`needs the ${needs[provider]}`, async () => {
      const { body: _body, ...head } = await signedRequest(signer, now);
      const opened = createVerifier(provider, { secrets: [secret], config }).open(head, now);
      if (needs[provider] === "head") assert.deepEqual(opened, { ok: true });
      else assert.equal("holdsBody" in opened && opened.holdsBody, needs[provider] === "whole");
    });

    test("says the same of a body that comes in pieces, wherever it is cut, by each of several secrets", async () => {
      const request = await signedRequest(signer, now);
      const { length } = request.body;
      const cuts = [[], [0, 0], ...Array.from({ length }, (_, at) => [at]), Array<number>(length).fill(1)];
      for (const sizes of cuts) {
        const accepted = inPieces(provider, [otherSecret, secret], request, sizes);
        assert.deepEqual(accepted, { ok: true }, `cut at ${sizes.join(" ")}`);
      }
      const stranger = { ok: false, reason: signer.whenSecretDiffers };
      assert.deepEqual(inPieces(provider, [otherSecret], request, [1]), stranger);
      if (!signer.bodySigned) return;
      const changed = Buffer.from(request.body);
      changed.writeUInt8(changed.readUInt8(length - 1) ^ 1, length - 1);
      const refused = { ok: false, reason: "wrong_signature" };
      assert.deepEqual(inPieces(provider, [secret], { ...request, body: changed }, [1]), refused);
      assert.deepEqual(
        inPieces(provider, [secret], { ...request, body: request.body.subarray(0, -1) }, [1]),
        refused,
      );
    });

    if (signer.stamped) {
      test("refuses a stamp before the body is there", async () => {
        const { body: _body, ...head } = await signedRequest(signer, new Date(now.getTime() - 301_000));
        const opened = createVerifier(provider, { secrets: [secret], config }).open(head, now);
        assert.deepEqual(opened, { ok: false, reason: "stale_timestamp" });
      });
    }
  });
}

test("twilio: a body that its hash vouches for comes in pieces, and a wrong URL is refused before it", () => {
  const body = Buffer.from(JSON.stringify({ call: "CA1" }));
  const url = `https://a.example/x?bodySHA256=${createHash("sha256").update(body).digest("hex")}`;
  const headers = { "x-twilio-signature": getExpectedTwilioSignature("token", url, {}) };
  const { open } = createVerifier("twilio", { secrets: ["other", "token"] });
  const verdictOf = (pieces: readonly Buffer[]) => {
    const opened = open({ method: "POST", url, headers }, now);
    assert.ok(!("ok" in opened) && !opened.holdsBody);
    for (const piece of pieces) opened.update(piece);
    return opened.verdict().ok;
  };
  assert.equal(verdictOf([body.subarray(0, 3), body.subarray(3)]), true);
  assert.equal(verdictOf([body, Buffer.from(" ")]), false);
  const elsewhere = open({ method: "POST", url: `${url}&x`, headers }, now);
  assert.deepEqual(elsewhere, { ok: false, reason: "wrong_signature" });
});

test("hmac: what a template puts around the body is signed in its place", () => {
  const config = { template: "{method} {url}\n{body}\n{id}", id_header: "x-id" };
  const { open } = createVerifier("hmac", { secrets: ["s"], config });
  const signature = createHmac("sha256", "s").update("PUT https://a.example/\n{}\nevent-1").digest("hex");
  for (const [id, isGenuine] of [
    ["event-1", true],
    ["event-2", false],
  ] as const) {
    const headers = { "x-signature": signature, "x-id": id };
    const opened = open({ method: "PUT", url: "https://a.example/", headers }, now);
    assert.ok(!("ok" in opened));
    for (const piece of ["{", "}"]) opened.update(Buffer.from(piece));
    assert.equal(opened.verdict().ok, isGenuine);
  }
});
