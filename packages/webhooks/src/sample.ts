import { createHmac } from "node:crypto";
import { apiKeyConfig, condoConfig, credentialsConfig, hmacConfig } from "./generic-config.ts";
import type { ProviderName } from "./providers.ts";
import { signStandardWebhook } from "./standard-webhooks.ts";

/** What a sample is made of. */
export interface SampleRequest {
  readonly secret: string;
  readonly config: unknown;
  /** The full public URL that it is posted to. */
  readonly url: string;
  readonly id: string;
  readonly at: Date;
}

export interface SignedSample {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

type Sampler = (request: SampleRequest, body: string) => SignedSample | null;

const json = { "content-type": "application/json" };
const eventType = "condo.test";

/** `null` where the source has a public key: only the sender can sign then. */
const samplers: Record<ProviderName, Sampler | null> = {
  "standard-webhooks": standardSample("webhook"),
  svix: standardSample("svix"),
  stripe: ({ secret, at }, body) => {
    const stamp = unix(at);
    return {
      headers: { ...json, "stripe-signature": `t=${stamp},v1=${hex(secret, `${stamp}.${body}`)}` },
      body,
    };
  },
  github: ({ secret, id }, body) => ({
    headers: {
      ...json,
      "x-github-event": "ping",
      "x-github-delivery": id,
      "x-hub-signature-256": `sha256=${hex(secret, body)}`,
    },
    body,
  }),
  shopify: ({ secret, id }, body) => ({
    headers: {
      ...json,
      "x-shopify-topic": "condo/test",
      "x-shopify-event-id": id,
      "x-shopify-hmac-sha256": base64("sha256", secret, body),
    },
    body,
  }),
  slack: stampedSample("x-slack-signature", "x-slack-request-timestamp"),
  twilio: ({ secret, url, id }) => {
    const fields = { MessageSid: id, MessageStatus: "test" };
    const signed = url + Object.entries(fields).flat().join("");
    return {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": base64("sha1", secret, signed),
      },
      body: new URLSearchParams(fields).toString(),
    };
  },
  sendgrid: null,
  discord: null,
  line: ({ secret }, body) => ({
    headers: { ...json, "x-line-signature": base64("sha256", secret, body) },
    body,
  }),
  meta: ({ secret }, body) => ({
    headers: { ...json, "x-hub-signature-256": `sha256=${hex(secret, body)}` },
    body,
  }),
  "microsoft-graph": ({ secret, id }) => ({
    headers: json,
    body: JSON.stringify({ value: [{ id, clientState: secret, changeType: eventType }] }),
  }),
  zoom: stampedSample("x-zm-signature", "x-zm-request-timestamp"),
  dropbox: ({ secret }, body) => ({ headers: { ...json, "x-dropbox-signature": hex(secret, body) }, body }),
  condo: ({ secret, config, at }, body) => ({
    headers: {
      ...json,
      [condoConfig.parse(config).header]: `sha256=${hex(secret, body)}`,
      "x-timestamp": at.toISOString(),
    },
    body,
  }),
  hmac: hmacSample,
  ed25519: null,
  ecdsa: null,
  basic: ({ secret, config, id }, body) => ({
    headers: { ...described(config, id), authorization: `Basic ${Buffer.from(secret).toString("base64")}` },
    body,
  }),
  bearer: ({ secret, config, id }, body) => ({
    headers: { ...described(config, id), authorization: `Bearer ${secret}` },
    body,
  }),
  "api-key": ({ secret, config, id }, body) => {
    const { header, ...options } = apiKeyConfig.parse(config);
    return { headers: { ...described(options, id), [header]: secret }, body };
  },
};

/**
 * A request as the sender would sign it with this secret, to try a source with; null where the source has a public key,
 * with which nobody can sign.
 */
export function signSample(provider: ProviderName, request: SampleRequest): SignedSample | null {
  const config = request.config ?? {};
  const body = JSON.stringify({ id: request.id, event_id: request.id, type: eventType, event: eventType });
  return samplers[provider]?.({ ...request, config }, body) ?? null;
}

function standardSample(prefix: string): Sampler {
  return ({ secret, id, at }, body) => {
    // A source may hold the public half of a key, of which only the sender has the other.
    if (secret.startsWith("whpk_")) return null;
    const symmetric = secret.startsWith("whsec_") ? secret : `whsec_${secret}`;
    const signed = signStandardWebhook([symmetric], id, unix(at), Buffer.from(body));
    const headers = Object.entries(signed).map(([name, value]) => [
      name.replace("webhook", prefix),
      String(value),
    ]);
    return { headers: { ...json, ...Object.fromEntries(headers) }, body };
  };
}

function stampedSample(signatureHeader: string, stampHeader: string): Sampler {
  return ({ secret, at }, body) => {
    const stamp = String(unix(at));
    return {
      headers: {
        ...json,
        [stampHeader]: stamp,
        [signatureHeader]: `v0=${hex(secret, `v0:${stamp}:${body}`)}`,
      },
      body,
    };
  };
}

function hmacSample({ secret, config, url, id, at }: SampleRequest, body: string): SignedSample {
  const options = hmacConfig.parse(config);
  const stamps = { unix: String(unix(at)), unix_ms: String(at.getTime()), iso8601: at.toISOString() };
  const stamp = stamps[options.timestamp_format];
  const values: Record<string, string> = {
    "{id}": id,
    "{timestamp}": stamp,
    "{method}": "POST",
    "{url}": url,
    "{body}": body,
  };
  const content = options.template.replaceAll(/\{\w+\}/g, (token) => values[token] ?? token);
  const digest = createHmac(options.algorithm, secret).update(content).digest(options.encoding);
  return {
    headers: {
      ...described(options, id),
      ...(options.timestamp_header === undefined ? {} : { [options.timestamp_header]: stamp }),
      [options.header]: options.prefix + digest,
    },
    body,
  };
}

/** The headers in which a source was told to look for the event's id and type. */
function described(config: unknown, id: string): Record<string, string> {
  const { id_header: idHeader, type_header: typeHeader } = credentialsConfig.loose().parse(config);
  return {
    ...json,
    ...(idHeader === undefined ? {} : { [idHeader]: id }),
    ...(typeHeader === undefined ? {} : { [typeHeader]: eventType }),
  };
}

function unix(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function hex(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

function base64(algorithm: "sha1" | "sha256", secret: string, text: string): string {
  return createHmac(algorithm, secret).update(text).digest("base64");
}
