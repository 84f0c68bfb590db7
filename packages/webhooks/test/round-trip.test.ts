import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createVerifier, providerNames } from "../src/index.ts";
import type { SignedRequest, Verdict } from "../src/index.ts";
import { signedRequest, signerOf, signers } from "./signers.ts";
import type { Signer } from "./signers.ts";

const now = new Date("2026-03-01T12:00:00Z");
const accepted: Verdict = { ok: true };

test("every provider has a signer", () => {
  assert.deepEqual(Object.keys(signers).sort(), [...providerNames].sort());
});

for (const provider of providerNames) {
  describe(provider, () => {
    const signer = signerOf(provider);
    const { secret, otherSecret, config } = signer;
    const { verify } = createVerifier(provider, { secrets: [secret], config });

    test("accepts what the sender signs", async () => {
      assert.deepEqual(verify(await signedRequest(signer, now), now), accepted);
    });

    test("accepts any of several secrets", async () => {
      const rotating = createVerifier(provider, { secrets: [otherSecret, secret], config });
      assert.deepEqual(rotating.verify(await signedRequest(signer, now), now), accepted);
    });

    test("refuses another secret", async () => {
      const stranger = createVerifier(provider, { secrets: [otherSecret], config });
      assert.deepEqual(
        stranger.verify(await signedRequest(signer, now), now),
        refused(signer.whenSecretDiffers),
      );
    });

    test("says which header is missing or empty", async () => {
      const request = await signedRequest(signer, now);
      for (const [name, reason] of Object.entries(signer.required)) {
        for (const value of [undefined, ""]) {
          assert.deepEqual(verify(withHeader(request, name, value), now), refused(reason), name);
        }
      }
    });

    if (signer.bodySigned) {
      test("refuses a change of any one byte of the body", async () => {
        const request = await signedRequest(signer, now);
        for (const index of request.body.keys()) {
          const body = Buffer.from(request.body);
          body[index] = (body[index] ?? 0) ^ 1;
          assert.deepEqual(verify({ ...request, body }, now), refused("wrong_signature"), `byte ${index}`);
        }
      });

      test("refuses a body that is cut or extended", async () => {
        const request = await signedRequest(signer, now);
        for (const body of [request.body.subarray(1), Buffer.concat([request.body, Buffer.from("x")])]) {
          assert.deepEqual(verify({ ...request, body }, now), refused("wrong_signature"));
        }
      });

      test("refuses a signature with any one character changed", async () => {
        const request = await signedRequest(signer, now);
        const [name, value] = signatureHeader(request, signer);
        for (const index of Array.from(value).keys()) {
          const other = value[index] === "0" ? "1" : "0";
          const changed = value.slice(0, index) + other + value.slice(index + 1);
          assert.equal(verify(withHeader(request, name, changed), now).ok, false, changed);
        }
      });

      test("refuses a signature with junk around it or sent twice", async () => {
        const request = await signedRequest(signer, now);
        const [name, value] = signatureHeader(request, signer);
        for (const junk of [
          `${value}!`,
          `${value}=`,
          `${value}\n`,
          `${value}, ${value}`,
          `!${value}`,
          "=",
          "\0",
        ]) {
          const verdict = verify(withHeader(request, name, junk), now);
          assert.equal(verdict.ok, false, JSON.stringify(junk));
          assert.match(verdict.reason, /^(malformed|missing)_/, JSON.stringify(junk));
        }
      });
    }

    if (signer.stamped) {
      test("accepts a stamp up to 300 seconds off, either way", async () => {
        for (const offset of [-300, 300]) {
          assert.deepEqual(
            verify(await signedRequest(signer, shifted(offset)), now),
            accepted,
            `${offset} s`,
          );
        }
      });

      test("refuses a stamp that is older or newer", async () => {
        const [stale, future] = [shifted(-301), shifted(301)];
        assert.deepEqual(verify(await signedRequest(signer, stale), now), refused("stale_timestamp"));
        assert.deepEqual(verify(await signedRequest(signer, future), now), refused("future_timestamp"));
      });

      test("takes the tolerance it is given", async () => {
        const strict = createVerifier(provider, { secrets: [secret], config, toleranceSeconds: 10 });
        assert.deepEqual(strict.verify(await signedRequest(signer, shifted(-10)), now), accepted);
        assert.deepEqual(
          strict.verify(await signedRequest(signer, shifted(-11)), now),
          refused("stale_timestamp"),
        );
      });

      test("refuses everything when the clock is broken", async () => {
        assert.equal(verify(await signedRequest(signer, now), new Date(Number.NaN)).ok, false);
      });
    }
  });
}

function shifted(seconds: number): Date {
  return new Date(now.getTime() + seconds * 1000);
}

function refused(reason: string) {
  return { ok: false, reason };
}

function withHeader(request: SignedRequest, name: string, value: string | undefined): SignedRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}

function signatureHeader(request: SignedRequest, signer: Signer): [name: string, value: string] {
  const [name] = Object.entries(signer.required).find(([, reason]) => reason === "missing_signature") ?? [];
  assert.ok(name);
  return [name, request.headers[name] ?? ""];
}
