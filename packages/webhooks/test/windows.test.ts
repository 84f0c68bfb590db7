import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createVerifier, providerNames } from "../src/index.ts";
import { signedRequest, signerOf } from "./signers.ts";

const now = new Date("2026-03-01T12:00:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
/** Those whose signature covers a stamp, `hmac` as it is configured here; of the others the moment of arrival counts. */
const stamped = new Set([
  "standard-webhooks",
  "svix",
  "stripe",
  "slack",
  "sendgrid",
  "discord",
  "zoom",
  "hmac",
]);

suite("secrets over time", () => {
  for (const provider of providerNames) {
    const { config, secret: old, otherSecret: next } = signerOf(provider);

    test(`${provider}: the secret of the moment of signing verifies, where that is signed`, async () => {
      const { verify } = createVerifier(provider, {
        secrets: [next, old],
        windows: [
          { validFrom: ago(60), validUntil: null },
          { validFrom: null, validUntil: ago(60) },
        ],
        config,
      });
      const before = await signedRequest(signerOf(provider), ago(120));
      assert.equal(verify(before, now).ok, stamped.has(provider));
      assert.equal(verify(await signedRequest(signerOf(provider), ago(10)), now).ok, false, "it has ended");
    });

    test(`${provider}: a secret is taken from a sender whose clock is behind, and not long before its time`, async () => {
      const request = await signedRequest(signerOf(provider), now);
      const verifiesFrom = (validFrom: Date) =>
        createVerifier(provider, {
          secrets: [old],
          windows: [{ validFrom, validUntil: null }],
          config,
        }).verify(request, now).ok;
      assert.deepEqual([verifiesFrom(ago(-299)), verifiesFrom(ago(-301))], [true, false]);
    });
  }
});
