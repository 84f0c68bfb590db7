import { Buffer } from "node:buffer";
import { createHmac, generateKeyPairSync, sign as signAsymmetric } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { EventWebhook } from "@sendgrid/eventwebhook";
import { validateSignature as lineAccepts } from "@line/bot-sdk";
import { sign as signAsGitHub, verify as gitHubAccepts } from "@octokit/webhooks-methods";
import { isValidSlackRequest } from "@slack/bolt/dist/receivers/verify-request.js";
import { verifyKey as discordAccepts } from "discord-interactions";
import { Webhook as StandardWebhook } from "standardwebhooks";
import { Stripe } from "stripe";
import { Webhook as SvixWebhook } from "svix";
import { getExpectedTwilioSignature, validateRequest } from "twilio/lib/webhooks/webhooks.js";
import type { ProviderName, RejectionReason, SignedRequest } from "../src/index.ts";

/** A sender as a test sees it: signs with its own package where it has one. */
export interface Signer {
  /** As an operator would paste it into a source. */
  readonly secret: string;
  readonly otherSecret: string;
  readonly config?: unknown;
  readonly body: string;
  readonly headers: (body: string, at: Date) => Headers | Promise<Headers>;
  /** Whether a stamp is sent, and so has to be fresh. */
  readonly stamped: boolean;
  /** Whether the body can't be changed; senders of credentials leave it open. */
  readonly bodySigned: boolean;
  readonly whenSecretDiffers: RejectionReason;
  /** What is answered when a header is left out. */
  readonly required: Readonly<Record<string, RejectionReason>>;
  /** The sender's own verdict, where its package gives one. */
  readonly accepts?: (request: SignedRequest, now: Date) => boolean | Promise<boolean>;
}

type Headers = Record<string, string>;

export const publicUrl = "https://acme.example.com/api/v1/webhooks/orders?shop=1";

export async function signedRequest(signer: Signer, at: Date, body = signer.body): Promise<SignedRequest> {
  const headers = await signer.headers(body, at);
  return { method: "POST", url: publicUrl, headers, body: Buffer.from(body) };
}

const standardSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const otherStandardSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ed25519 = generateKeyPairSync("ed25519");
const otherEd25519 = generateKeyPairSync("ed25519");
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const otherP256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const event = JSON.stringify({ id: "evt_1", type: "invoice.paid", name: "Zoë ✓", amount: 1 });

const plain = { secret: "It's a Secret to Everybody", otherSecret: "another secret", body: event } as const;
const signed = { bodySigned: true, whenSecretDiffers: "wrong_signature" } as const;
const credentials = { stamped: false, bodySigned: false, whenSecretDiffers: "wrong_credentials" } as const;

export const signers = {
  "standard-webhooks": {
    ...signed,
    secret: standardSecret,
    otherSecret: otherStandardSecret,
    body: event,
    headers: (body, at) => ({
      "webhook-id": "msg_2",
      "webhook-timestamp": unix(at),
      "webhook-signature": new StandardWebhook(standardSecret).sign("msg_2", at, body),
    }),
    stamped: true,
    required: {
      "webhook-id": "missing_id",
      "webhook-timestamp": "missing_timestamp",
      "webhook-signature": "missing_signature",
    },
    accepts: (request) =>
      succeeds(() =>
        new StandardWebhook(standardSecret).verify(request.body, definedHeaders(request), {
          jsonParse: false,
        }),
      ),
  },

  svix: {
    ...signed,
    secret: standardSecret,
    otherSecret: otherStandardSecret,
    body: event,
    headers: (body, at) => ({
      "svix-id": "msg_2",
      "svix-timestamp": unix(at),
      "svix-signature": new SvixWebhook(standardSecret).sign("msg_2", at, body),
    }),
    stamped: true,
    required: {
      "svix-id": "missing_id",
      "svix-timestamp": "missing_timestamp",
      "svix-signature": "missing_signature",
    },
    accepts: (request) =>
      succeeds(() => new SvixWebhook(standardSecret).verify(request.body, definedHeaders(request))),
  },

  stripe: {
    ...signed,
    secret: "whsec_stripe_keeps_its_prefix",
    otherSecret: "whsec_another",
    body: event,
    headers: (payload, at) => ({
      "stripe-signature": Stripe.webhooks.generateTestHeaderString({
        payload,
        secret: "whsec_stripe_keeps_its_prefix",
        timestamp: at.getTime() / 1000,
      }),
    }),
    stamped: true,
    required: { "stripe-signature": "missing_signature" },
    accepts: (request, now) =>
      succeeds(() =>
        Stripe.webhooks.signature?.verifyHeader(
          request.body,
          header(request, "stripe-signature"),
          "whsec_stripe_keeps_its_prefix",
          300,
          undefined,
          now.getTime(),
        ),
      ),
  },

  github: {
    ...signed,
    ...plain,
    headers: async (body) => ({ "x-hub-signature-256": await signAsGitHub(plain.secret, body) }),
    stamped: false,
    required: { "x-hub-signature-256": "missing_signature" },
    accepts: (request) =>
      gitHubAccepts(plain.secret, request.body.toString(), header(request, "x-hub-signature-256")),
  },

  shopify: {
    ...signed,
    ...plain,
    headers: (body) => ({ "x-shopify-hmac-sha256": hmac("sha256", plain.secret, body, "base64") }),
    stamped: false,
    required: { "x-shopify-hmac-sha256": "missing_signature" },
  },

  slack: {
    ...signed,
    ...plain,
    headers: (body, at) => ({
      "x-slack-request-timestamp": unix(at),
      "x-slack-signature": `v0=${hmac("sha256", plain.secret, `v0:${unix(at)}:${body}`, "hex")}`,
    }),
    stamped: true,
    required: {
      "x-slack-signature": "missing_signature",
      "x-slack-request-timestamp": "missing_timestamp",
    },
    accepts: (request, now) =>
      isValidSlackRequest({
        signingSecret: plain.secret,
        body: request.body.toString(),
        headers: {
          "x-slack-signature": header(request, "x-slack-signature"),
          "x-slack-request-timestamp": Number(header(request, "x-slack-request-timestamp")),
        },
        nowMilliseconds: now.getTime(),
      }),
  },

  twilio: {
    ...signed,
    ...plain,
    body: "MessageSid=SM1&Body=Zo%C3%AB+1%2B1&MessageStatus=delivered&To=%2B15550001&Media=b&Media=a&Media=a",
    headers: (body) => ({
      "x-twilio-signature": getExpectedTwilioSignature(plain.secret, publicUrl, formFields(body)),
    }),
    stamped: false,
    required: { "x-twilio-signature": "missing_signature" },
    accepts: (request) =>
      validateRequest(
        plain.secret,
        header(request, "x-twilio-signature"),
        request.url,
        formFields(request.body.toString()),
      ),
  },

  sendgrid: {
    ...signed,
    secret: spki(p256.publicKey),
    otherSecret: spki(otherP256.publicKey),
    body: JSON.stringify([{ event: "dropped", sg_event_id: "1" }]),
    headers: (body, at) => ({
      "x-twilio-email-event-webhook-timestamp": unix(at),
      "x-twilio-email-event-webhook-signature": signAsymmetric(
        "sha256",
        Buffer.from(unix(at) + body),
        p256.privateKey,
      ).toString("base64"),
    }),
    stamped: true,
    required: {
      "x-twilio-email-event-webhook-signature": "missing_signature",
      "x-twilio-email-event-webhook-timestamp": "missing_timestamp",
    },
    accepts: (request) =>
      succeeds(() => {
        const sendgrid = new EventWebhook();
        return sendgrid.verifySignature(
          sendgrid.convertPublicKeyToECDSA(spki(p256.publicKey)),
          request.body,
          header(request, "x-twilio-email-event-webhook-signature"),
          header(request, "x-twilio-email-event-webhook-timestamp"),
        );
      }),
  },

  discord: {
    ...signed,
    secret: rawEd25519(ed25519.publicKey).toString("hex"),
    otherSecret: rawEd25519(otherEd25519.publicKey).toString("hex"),
    body: JSON.stringify({ id: "1", type: 2 }),
    headers: (body, at) => ({
      "x-signature-timestamp": unix(at),
      "x-signature-ed25519": signAsymmetric(null, Buffer.from(unix(at) + body), ed25519.privateKey).toString(
        "hex",
      ),
    }),
    stamped: true,
    required: {
      "x-signature-ed25519": "missing_signature",
      "x-signature-timestamp": "missing_timestamp",
    },
    accepts: (request) =>
      discordAccepts(
        request.body,
        header(request, "x-signature-ed25519"),
        header(request, "x-signature-timestamp"),
        rawEd25519(ed25519.publicKey).toString("hex"),
      ),
  },

  line: {
    ...signed,
    ...plain,
    headers: (body) => ({ "x-line-signature": hmac("sha256", plain.secret, body, "base64") }),
    stamped: false,
    required: { "x-line-signature": "missing_signature" },
    accepts: (request) => lineAccepts(request.body, plain.secret, header(request, "x-line-signature")),
  },

  meta: {
    ...signed,
    ...plain,
    headers: (body) => ({ "x-hub-signature-256": `sha256=${hmac("sha256", plain.secret, body, "hex")}` }),
    stamped: false,
    required: { "x-hub-signature-256": "missing_signature" },
  },

  "microsoft-graph": {
    ...credentials,
    secret: "client state",
    otherSecret: "another state",
    body: JSON.stringify({ value: [1, 2].map((id) => ({ id, clientState: "client state" })) }),
    headers: () => ({}),
    required: {},
  },

  zoom: {
    ...signed,
    ...plain,
    headers: (body, at) => ({
      "x-zm-request-timestamp": unix(at),
      "x-zm-signature": `v0=${hmac("sha256", plain.secret, `v0:${unix(at)}:${body}`, "hex")}`,
    }),
    stamped: true,
    required: {
      "x-zm-signature": "missing_signature",
      "x-zm-request-timestamp": "missing_timestamp",
    },
  },

  dropbox: {
    ...signed,
    ...plain,
    headers: (body) => ({ "x-dropbox-signature": hmac("sha256", plain.secret, body, "hex") }),
    stamped: false,
    required: { "x-dropbox-signature": "missing_signature" },
  },

  condo: {
    ...signed,
    ...plain,
    config: { header: "X-Payment-Signature" },
    headers: (body, at) => ({
      "x-timestamp": at.toISOString(),
      "x-payment-signature": `sha256=${hmac("sha256", plain.secret, body, "hex")}`,
    }),
    stamped: true,
    required: { "x-payment-signature": "missing_signature", "x-timestamp": "missing_timestamp" },
  },

  hmac: {
    ...signed,
    ...plain,
    config: {
      header: "X-Sig",
      algorithm: "sha512",
      encoding: "base64",
      prefix: "hmac ",
      template: "{method} {url}\n{id}|{timestamp}|{body}",
      timestamp_header: "X-Sent-At",
      timestamp_format: "unix_ms",
      id_header: "X-Id",
    },
    headers: (body, at) => {
      const content = `POST ${publicUrl}\n7|${at.getTime()}|${body}`;
      return {
        "x-id": "7",
        "x-sent-at": String(at.getTime()),
        "x-sig": `hmac ${hmac("sha512", plain.secret, content, "base64")}`,
      };
    },
    stamped: true,
    required: { "x-sig": "missing_signature", "x-sent-at": "missing_timestamp", "x-id": "missing_id" },
  },

  ed25519: {
    ...signed,
    secret: spki(ed25519.publicKey),
    otherSecret: otherEd25519.publicKey.export({ format: "pem", type: "spki" }).toString(),
    body: event,
    config: { encoding: "base64", timestamp_header: "X-Time", timestamp_format: "iso8601" },
    headers: (body, at) => ({
      "x-time": at.toISOString(),
      "x-signature": signAsymmetric(null, Buffer.from(body), ed25519.privateKey).toString("base64"),
    }),
    stamped: true,
    required: { "x-signature": "missing_signature", "x-time": "missing_timestamp" },
  },

  ecdsa: {
    ...signed,
    secret: p256.publicKey.export({ format: "pem", type: "spki" }).toString(),
    otherSecret: spki(otherP256.publicKey),
    body: event,
    config: { algorithm: "sha384", encoding: "hex" },
    headers: (body) => ({
      "x-signature": signAsymmetric("sha384", Buffer.from(body), p256.privateKey).toString("hex"),
    }),
    stamped: false,
    required: { "x-signature": "missing_signature" },
  },

  basic: {
    ...credentials,
    secret: "user:pass:word",
    otherSecret: "user:other",
    body: event,
    headers: () => ({ authorization: `Basic ${Buffer.from("user:pass:word").toString("base64")}` }),
    required: { authorization: "missing_credentials" },
  },

  bearer: {
    ...credentials,
    ...plain,
    headers: () => ({ authorization: `Bearer ${plain.secret}` }),
    required: { authorization: "missing_credentials" },
  },

  "api-key": {
    ...credentials,
    ...plain,
    config: { header: "X-Token" },
    headers: () => ({ "x-token": plain.secret }),
    required: { "x-token": "missing_credentials" },
  },
} satisfies Record<ProviderName, Signer>;

export function signerOf(provider: ProviderName): Signer {
  return signers[provider];
}

export function hmac(algorithm: string, secret: string, content: string, encoding: "hex" | "base64"): string {
  return createHmac(algorithm, secret).update(content).digest(encoding);
}

function unix(at: Date): string {
  return String(Math.floor(at.getTime() / 1000));
}

export function spki(key: KeyObject): string {
  return key.export({ format: "der", type: "spki" }).toString("base64");
}

export function rawEd25519(key: KeyObject): Buffer {
  return key.export({ format: "der", type: "spki" }).subarray(-32);
}

/** As Express would have parsed them for Twilio's library. */
function formFields(body: string): Record<string, string | string[]> {
  const form = new URLSearchParams(body);
  return Object.fromEntries(
    [...new Set(form.keys())].map((name) => {
      const values = form.getAll(name);
      return [name, values.length > 1 ? values : (values[0] ?? "")];
    }),
  );
}

function header(request: SignedRequest, name: string): string {
  return request.headers[name] ?? "";
}

function definedHeaders(request: SignedRequest): Headers {
  return Object.fromEntries(
    Object.entries(request.headers).filter((entry) => entry[1] !== undefined),
  ) as Headers;
}

function succeeds(attempt: () => unknown): boolean {
  try {
    return attempt() !== false;
  } catch {
    return false;
  }
}
