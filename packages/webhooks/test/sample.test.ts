import assert from "node:assert/strict";
import { test } from "node:test";
import { createVerifier, describe, providerNames, signSample } from "../src/index.ts";
import { publicUrl, signerOf } from "./signers.ts";

const at = new Date("2026-03-01T12:00:00Z");
const publicKeys: ReadonlySet<string> = new Set(["sendgrid", "discord", "ed25519", "ecdsa"]);

for (const provider of providerNames) {
  test(`a sample for ${provider} is one that its sender might have signed`, () => {
    const { secret, otherSecret, config } = signerOf(provider);
    const request = { secret, config, url: publicUrl, id: "sample-1", at };
    const sample = signSample(provider, request);
    if (publicKeys.has(provider)) {
      assert.equal(sample, null);
      return;
    }
    assert.ok(sample);
    const signed = {
      method: "POST",
      url: publicUrl,
      headers: sample.headers,
      body: Buffer.from(sample.body),
    };
    assert.deepEqual(createVerifier(provider, { secrets: [secret], config }).verify(signed, at), {
      ok: true,
    });
    assert.equal(createVerifier(provider, { secrets: [otherSecret], config }).verify(signed, at).ok, false);
    assert.ok(describe(provider, signed, config).eventType.length > 0);
  });
}

test("nothing signs with the public half of a Standard Webhooks key", () => {
  const secret = `whpk_${Buffer.alloc(32, 1).toString("base64")}`;
  assert.equal(signSample("standard-webhooks", { secret, config: {}, url: publicUrl, id: "x", at }), null);
});

test("a secret verifies within its window: of the signed stamp, else of the arrival", () => {
  const bounds = { validFrom: new Date(at.getTime() - 3_600_000), validUntil: at };
  for (const provider of ["stripe", "standard-webhooks", "slack", "hmac"] as const) {
    const { secret, config } = signerOf(provider);
    const { verify } = createVerifier(provider, { secrets: [secret], windows: [bounds], config });
    const verdictAt = (signedMs: number, arrivedMs: number) => {
      const sample = signSample(provider, {
        secret,
        config,
        url: publicUrl,
        id: "x",
        at: new Date(signedMs),
      });
      assert.ok(sample);
      const signed = {
        method: "POST",
        url: publicUrl,
        headers: sample.headers,
        body: Buffer.from(sample.body),
      };
      return verify(signed, new Date(arrivedMs)).ok;
    };
    const isStamped = provider !== "hmac" || JSON.stringify(config ?? {}).includes("{timestamp}");
    assert.equal(verdictAt(at.getTime() - 2_000, at.getTime() - 1_000), true, provider);
    assert.equal(verdictAt(at.getTime() - 2_000, at.getTime() + 60_000), isStamped, provider);
    assert.equal(verdictAt(at.getTime() + 1_000, at.getTime() + 60_000), false, provider);
  }
});
