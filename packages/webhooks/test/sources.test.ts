import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { z } from "zod";
import {
  createVerifier,
  generateStandardSecret,
  InvalidSourceError,
  isProviderName,
  providerConfigs,
  providerNames,
  signStandardWebhook,
  UnusableSecretError,
  validateSource,
} from "../src/index.ts";
import type { ProviderName, SignedRequest } from "../src/index.ts";
import { hmac, rawEd25519, signedRequest, signerOf, signers, spki } from "./signers.ts";

const now = new Date("2026-03-01T12:00:00Z");
const ed25519 = generateKeyPairSync("ed25519");
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const privatePem = ed25519.privateKey.export({ format: "pem", type: "pkcs8" }).toString();

describe("validateSource", () => {
  for (const provider of providerNames) {
    test(`${provider}: nothing to say about a good source`, () => {
      const { secret, otherSecret, config } = signerOf(provider);
      assert.deepEqual(validateSource(provider, [secret, otherSecret], config), []);
    });
  }

  const unusable: readonly [ProviderName, string, RegExp][] = [
    ["github", "", /empty/],
    ["github", "secret\n", /white space/],
    ["github", "x".repeat(4097), /longer/],
    ["standard-webhooks", "whsec_not base64", /base64/],
    ["standard-webhooks", "whsec_", /base64/],
    ["standard-webhooks", "whsec_YQ", /base64/],
    ["standard-webhooks", `whsk_${"A".repeat(43)}=`, /private/],
    ["standard-webhooks", "whpk_AAAA", /Ed25519/],
    ["sendgrid", "MFkw", /ECDSA/],
    ["sendgrid", spki(p384.publicKey), /prime256v1/],
    ["sendgrid", spki(ed25519.publicKey), /ECDSA/],
    ["discord", "00ff", /Ed25519/],
    ["ed25519", privatePem, /Ed25519 public/],
    ["ed25519", spki(p384.publicKey), /Ed25519/],
    ["basic", "no colon", /user:password/],
    ["bearer", "пароль", /no header/],
    ["bearer", "a\nb", /no header/],
    ["api-key", "a\0b", /no header/],
  ];
  for (const [provider, secret, message] of unusable) {
    test(`${provider}: ${message.source} of ${JSON.stringify(secret.slice(0, 30))}`, () => {
      const [issue, ...others] = validateSource(provider, [signerOf(provider).secret, secret]);
      assert.deepEqual(issue?.path, ["secrets", 1]);
      assert.match(issue?.message ?? "", message);
      assert.deepEqual(others, []);
    });
  }

  test("takes 1 to 8 secrets", () => {
    assert.deepEqual(validateSource("github", [])[0]?.path, ["secrets"]);
    assert.deepEqual(
      validateSource(
        "github",
        Array.from({ length: 8 }, () => "a"),
      ),
      [],
    );
    assert.deepEqual(
      validateSource(
        "github",
        Array.from({ length: 9 }, () => "a"),
      )[0]?.path,
      ["secrets"],
    );
  });

  const badOptions: readonly [ProviderName, unknown, string][] = [
    ["github", { header: "x" }, "config"],
    ["github", "text", "config"],
    ["hmac", { header: "a b" }, "config.header"],
    ["hmac", { prefix: "подпись=" }, "config.prefix"],
    ["hmac", { prefix: " v1=" }, "config.prefix"],
    ["hmac", { header: "__proto__ " }, "config.header"],
    ["api-key", { header: "Expect" }, "config.header"],
    ["api-key", { header: "proxy-authorization" }, "config.header"],
    ["condo", { header: "transfer-encoding" }, "config.header"],
    ["hmac", { header: "host" }, "config.header"],
    ["hmac", { template: "{timestamp}{body}", timestamp_header: "te" }, "config.timestamp_header"],
    ["bearer", { id_header: "connection" }, "config.id_header"],
    ["basic", { type_header: "content-length" }, "config.type_header"],
    ["hmac", { algorithm: "md5" }, "config.algorithm"],
    ["hmac", { template: "{timestamp}", timestamp_header: "X-T" }, "config.template"],
    ["hmac", { template: "{body}{body}" }, "config.template"],
    ["hmac", { template: "{body}{nonce}" }, "config.template"],
    ["hmac", { template: "{body}}" }, "config.template"],
    ["hmac", { template: "{timestamp}.{body}" }, "config.timestamp_header"],
    ["ed25519", { template: "{id}.{body}" }, "config.id_header"],
    ["ecdsa", { tolerance_seconds: 0 }, "config.tolerance_seconds"],
    ["condo", { tolerance_seconds: Number.NaN }, "config.tolerance_seconds"],
    ["meta", { verify_token: " " }, "config.verify_token"],
  ];
  for (const [provider, config, path] of badOptions) {
    test(`${provider}: ${path} of ${JSON.stringify(config)}`, () => {
      const paths = validateSource(provider, [signerOf(provider).secret], config).map((i) =>
        i.path.join("."),
      );
      assert.deepEqual(paths, [path]);
    });
  }
});

test("createVerifier says what is wrong, and never quotes a secret", () => {
  assert.throws(
    () => createVerifier("standard-webhooks", { secrets: ["whsec_hunter2!"] }),
    (error) =>
      error instanceof InvalidSourceError && error.issues.length === 1 && !error.message.includes("hunter2"),
  );
});

test("options that are stored as null are none", () => {
  assert.deepEqual(validateSource("condo", ["secret"], null), []);
});

test("every provider's options are a JSON schema", () => {
  for (const provider of providerNames) {
    assert.equal(z.toJSONSchema(providerConfigs[provider], { io: "input" }).type, "object", provider);
  }
});

test("a provider's name is none of an object's own", () => {
  assert.equal(isProviderName("stripe"), true);
  assert.equal(isProviderName("constructor"), false);
  assert.equal(isProviderName("__proto__"), false);
});

describe("timestamps", () => {
  const body = Buffer.from("{}");

  function verdictOfStamp(stamp: string, format: string) {
    const { verify } = createVerifier("hmac", {
      secrets: ["s"],
      config: { timestamp_header: "X-T", timestamp_format: format },
    });
    const headers = { "x-t": stamp, "x-signature": hmac("sha256", "s", "{}", "hex") };
    const verdict = verify({ method: "POST", url: "", headers, body }, now);
    return verdict.ok ? "ok" : verdict.reason;
  }

  const seconds = now.getTime() / 1000;
  const cases: readonly [format: string, stamp: string, expected: string][] = [
    ["unix", `${seconds}`, "ok"],
    ["unix", ` ${seconds}`, "malformed_timestamp"],
    ["unix", `0${seconds}`, "malformed_timestamp"],
    ["unix", `+${seconds}`, "malformed_timestamp"],
    ["unix", `-${seconds}`, "malformed_timestamp"],
    ["unix", `${seconds}.0`, "malformed_timestamp"],
    ["unix", "1e3", "malformed_timestamp"],
    ["unix", "0x10", "malformed_timestamp"],
    ["unix", "١٧٧٢", "malformed_timestamp"],
    ["unix", "9".repeat(400), "malformed_timestamp"],
    ["unix", "0", "stale_timestamp"],
    ["unix", `${now.getTime()}`, "future_timestamp"],
    ["unix_ms", `${now.getTime()}`, "ok"],
    ["unix_ms", `${seconds}`, "stale_timestamp"],
    ["iso8601", "2026-03-01T12:00:00Z", "ok"],
    ["iso8601", "2026-03-01T12:00:00.123456Z", "ok"],
    ["iso8601", "2026-03-01T14:00:00+02:00", "ok"],
    ["iso8601", "2026-03-01T12:00:00", "malformed_timestamp"],
    ["iso8601", "2026-03-01", "malformed_timestamp"],
    ["iso8601", "2026-02-29T12:00:00Z", "malformed_timestamp"],
    ["iso8601", "Sun, 01 Mar 2026 12:00:00 GMT", "malformed_timestamp"],
    ["iso8601", `${seconds}`, "malformed_timestamp"],
    ["iso8601", "2026-03-01T11:54:59Z", "stale_timestamp"],
  ];
  for (const [format, stamp, expected] of cases) {
    test(`${format} ${JSON.stringify(stamp.slice(0, 40))} is ${expected}`, () => {
      assert.equal(verdictOfStamp(stamp, format), expected);
    });
  }

  test("the source's own tolerance holds, unless the caller gives one", () => {
    const headers = {
      "x-timestamp": "2026-03-01T11:00:00Z",
      "x-signature": hmac("sha256", "s", "{}", "hex"),
    };
    const request = { method: "POST", url: "", headers, body };
    const source = { secrets: ["s"], config: { tolerance_seconds: 3600 } };
    assert.equal(createVerifier("condo", source).verify(request, now).ok, true);
    assert.equal(
      createVerifier("condo", { ...source, toleranceSeconds: 3599 }).verify(request, now).ok,
      false,
    );
  });
});

describe("signatures", () => {
  test("condo: the prefix may be left out, the hex may not be anything else", async () => {
    const { verify } = createVerifier("condo", {
      secrets: [signers.condo.secret],
      config: signers.condo.config,
    });
    const request = await signedRequest(signers.condo, now);
    const value = request.headers["x-payment-signature"] ?? "";
    const bare = value.slice("sha256=".length);
    assert.equal(verify(withHeader(request, "x-payment-signature", bare), now).ok, true);
    for (const other of [`sha1=${bare}`, `sha256=sha256=${bare}`, bare.slice(2), `${bare}00`]) {
      assert.equal(verify(withHeader(request, "x-payment-signature", other), now).ok, false, other);
    }
  });

  test("hmac: hex of either case, since strangers write both", () => {
    const { verify } = createVerifier("hmac", { secrets: ["s"] });
    const headers = { "x-signature": hmac("sha256", "s", "{}", "hex").toUpperCase() };
    assert.deepEqual(verify({ method: "POST", url: "", headers, body: Buffer.from("{}") }, now), {
      ok: true,
    });
  });

  test("stripe and standard-webhooks: one good signature among others is enough, up to 16", async () => {
    const stripe = createVerifier("stripe", { secrets: [signers.stripe.secret] });
    const stripeRequest = await signedRequest(signers.stripe, now);
    const [stamp = "", good = ""] = (stripeRequest.headers["stripe-signature"] ?? "").split(",");
    const wrong = `v1=${"0".repeat(64)}`;
    const standard = createVerifier("standard-webhooks", { secrets: [signers["standard-webhooks"].secret] });
    const standardRequest = await signedRequest(signers["standard-webhooks"], now);
    const goodStandard = standardRequest.headers["webhook-signature"] ?? "";
    const wrongStandard = `v1,${Buffer.alloc(32).toString("base64")}`;

    for (const [before, ok] of [
      [15, true],
      [16, false],
    ] as const) {
      const stripeHeader = [stamp, ...Array.from({ length: before }, () => wrong), good].join(",");
      assert.equal(stripe.verify(withHeader(stripeRequest, "stripe-signature", stripeHeader), now).ok, ok);
      const list = [...Array.from({ length: before }, () => wrongStandard), goodStandard].join(" ");
      assert.equal(standard.verify(withHeader(standardRequest, "webhook-signature", list), now).ok, ok);
    }
  });

  test("standard-webhooks: Ed25519, signed with whsk_ and checked with whpk_", () => {
    const seed = ed25519.privateKey.export({ format: "der", type: "pkcs8" }).subarray(-32);
    const publicKey = rawEd25519(ed25519.publicKey);
    const secrets = [`whpk_${publicKey.toString("base64")}`];
    const body = Buffer.from("{}");
    for (const privateKey of [seed, Buffer.concat([seed, publicKey])]) {
      const whsk = `whsk_${privateKey.toString("base64")}`;
      const headers = {
        ...signStandardWebhook([generateStandardSecret(), whsk], "msg_1", now.getTime() / 1000, body),
      };
      const request = { method: "POST", url: "", headers, body };
      assert.deepEqual(createVerifier("standard-webhooks", { secrets }).verify(request, now), { ok: true });
      const asV1 = headers["webhook-signature"].replace("v1a,", "v1,");
      assert.equal(
        createVerifier("standard-webhooks", { secrets }).verify(
          withHeader(request, "webhook-signature", asV1),
          now,
        ).ok,
        false,
      );
    }
  });

  test("a header longer than any sender's counts as absent", () => {
    const secret = generateStandardSecret();
    const { verify } = createVerifier("standard-webhooks", { secrets: [secret] });
    const verdictOfId = (length: number) => {
      const headers = signStandardWebhook([secret], "x".repeat(length), now.getTime() / 1000, body);
      return verify({ method: "POST", url: "", headers: { ...headers }, body }, now);
    };
    const body = Buffer.from("{}");
    assert.deepEqual(verdictOfId(8192), { ok: true });
    assert.deepEqual(verdictOfId(8193), { ok: false, reason: "missing_id" });
  });

  test("microsoft-graph: every notification of a batch carries the state", () => {
    const { verify } = createVerifier("microsoft-graph", { secrets: ["state"] });
    const verdictOf = (value: unknown) => {
      const body = Buffer.from(JSON.stringify({ value }));
      const verdict = verify({ method: "POST", url: "", headers: {}, body }, now);
      return verdict.ok ? "ok" : verdict.reason;
    };
    assert.equal(verdictOf([{ clientState: "state" }]), "ok");
    assert.equal(verdictOf([{ clientState: "state" }, { clientState: "guess" }]), "wrong_credentials");
    assert.equal(verdictOf([{ clientState: "state" }, {}]), "missing_credentials");
    assert.equal(verdictOf([]), "malformed_body");
    assert.equal(verdictOf({}), "malformed_body");
  });

  test("basic and bearer: malformed credentials are told from wrong ones", () => {
    const { verify: basic } = createVerifier("basic", { secrets: ["a:b"] });
    const { verify: bearer } = createVerifier("bearer", { secrets: ["token"] });
    const verdictOf = (verify: typeof basic, authorization: string) => {
      const verdict = verify(
        { method: "POST", url: "", headers: { authorization }, body: Buffer.alloc(0) },
        now,
      );
      return verdict.ok ? "ok" : verdict.reason;
    };
    assert.equal(verdictOf(basic, "basic YTpi"), "ok");
    assert.equal(verdictOf(basic, "Basic YTpi="), "malformed_credentials");
    assert.equal(verdictOf(basic, "Bearer YTpi"), "malformed_credentials");
    assert.equal(verdictOf(bearer, "BEARER token"), "ok");
    assert.equal(verdictOf(bearer, "Bearer  token"), "wrong_credentials");
    assert.equal(verdictOf(bearer, "token"), "malformed_credentials");
  });
});

describe("signStandardWebhook", () => {
  test("secrets are 32 random bytes", () => {
    const secret = generateStandardSecret();
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    assert.notEqual(secret, generateStandardSecret());
  });

  test("refuses what it can't sign with, without quoting it", () => {
    for (const secrets of [[], ["whsec_hunter2!"], ["whsk_AAAA"], [""]]) {
      assert.throws(
        () => signStandardWebhook(secrets, "msg_1", 0, Buffer.alloc(0)),
        (error) => error instanceof UnusableSecretError && !error.message.includes("hunter2"),
      );
    }
  });
});

function withHeader(request: SignedRequest, name: string, value: string): SignedRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}
