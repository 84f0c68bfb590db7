import { z } from "zod";
import { field, fieldOfAll, fieldOfOnly, isForm, jsonBody } from "./body.ts";
import * as challenge from "./challenge.ts";
import {
  apiKeyConfig,
  condoConfig,
  credentialsConfig,
  ecdsaConfig,
  ed25519Config,
  hmacConfig,
} from "./generic-config.ts";
import { ecdsaKey, ed25519Key, textHmacKey } from "./keys.ts";
import { defineProvider } from "./provider.ts";
import type { Provider } from "./provider.ts";
import { clientStateScheme } from "./schemes/client-state.ts";
import { apiKeyScheme, basicScheme, bearerScheme } from "./schemes/credentials.ts";
import { genericSignatureScheme } from "./schemes/generic.ts";
import { signatureScheme } from "./schemes/signature.ts";
import { signedId, standardWebhooksScheme } from "./schemes/standard-webhooks.ts";
import type { HeaderPrefixes } from "./schemes/standard-webhooks.ts";
import { stripeScheme } from "./schemes/stripe.ts";
import { twilioScheme } from "./schemes/twilio.ts";
import {
  describeByOptions,
  describeDiscord,
  describeGitHub,
  describeShopify,
  describeSlack,
  describeTwilio,
} from "./sender-events.ts";

const noOptions = z.strictObject({});
const standardPrefixes: HeaderPrefixes = ["webhook"];
const svixPrefixes: HeaderPrefixes = ["svix", "webhook"];

/**
 * Every sender that Condo knows. Dedupe rests on `id`, so it has to be the sender's own, the same in each retry and
 * different for each event; where nothing in the request is both, it is null: better a duplicate than an event dropped.
 * The body's bytes stand in for it then, but for `bodiesRecur`.
 */
export const providers = {
  "standard-webhooks": defineProvider({
    config: noOptions,
    scheme: () => standardWebhooksScheme(standardPrefixes),
    describe: (request) => ({
      id: signedId(request, standardPrefixes),
      type: field(jsonBody(request), "type"),
    }),
  }),

  svix: defineProvider({
    config: noOptions,
    scheme: () => standardWebhooksScheme(svixPrefixes),
    describe: (request) => ({ id: signedId(request, svixPrefixes), type: field(jsonBody(request), "type") }),
  }),

  stripe: defineProvider({
    config: noOptions,
    scheme: () => stripeScheme,
    describe(request) {
      const event = jsonBody(request);
      return { id: field(event, "id"), type: field(event, "type") };
    },
  }),

  github: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-hub-signature-256", encoding: "hex", prefix: "sha256=" },
      }),
    describe: describeGitHub,
  }),

  shopify: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-shopify-hmac-sha256", encoding: "base64" },
      }),
    describe: describeShopify,
  }),

  slack: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-slack-signature", encoding: "hex", prefix: "v0=" },
        timestamp: { header: "x-slack-request-timestamp", format: "unix" },
        template: "v0:{timestamp}:{body}",
      }),
    describe: describeSlack,
    // Commands and interactions come as forms, are acknowledged by 200 alone, and a body would be taken for a message.
    acknowledgement: (request) =>
      isForm(request) ? { status: 200, hasReceipt: false } : { status: 202, hasReceipt: true },
    challenge: challenge.answerSlack,
  }),

  twilio: defineProvider({
    config: noOptions,
    scheme: () => twilioScheme,
    describe: describeTwilio,
  }),

  sendgrid: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: ecdsaKey("sha256", "prime256v1"),
        signature: { header: "x-twilio-email-event-webhook-signature", encoding: "base64" },
        timestamp: { header: "x-twilio-email-event-webhook-timestamp", format: "unix" },
        template: "{timestamp}{body}",
      }),
    // A request is a batch: its events have ids, the batch has none.
    describe: (request) => ({ id: null, type: fieldOfAll(jsonBody(request), "event") }),
  }),

  discord: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: ed25519Key,
        signature: { header: "x-signature-ed25519", encoding: "hex" },
        timestamp: { header: "x-signature-timestamp", format: "unix" },
        template: "{timestamp}{body}",
      }),
    describe: describeDiscord,
    // A body would be read as the answer to an interaction, which its app gives by a request of its own.
    acknowledgement: (request) => ({
      status: field(jsonBody(request), "event") === undefined ? 202 : 204,
      hasReceipt: false,
    }),
    challenge: challenge.answerDiscord,
  }),

  line: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-line-signature", encoding: "base64" },
      }),
    describe(request) {
      const events = field(jsonBody(request), "events");
      return { id: fieldOfOnly(events, "webhookEventId"), type: fieldOfAll(events, "type") };
    },
    challenge: challenge.answerLine,
  }),

  meta: defineProvider({
    config: z.strictObject({
      /** Meta sends it when the subscription is made. It is not the app secret. */
      verify_token: z
        .string()
        .regex(/^\S{1,256}$/)
        .optional(),
    }),
    secretOptions: ["verify_token"],
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-hub-signature-256", encoding: "hex", prefix: "sha256=" },
      }),
    describe: (request) => ({ id: null, type: field(jsonBody(request), "object") }),
    // Any other status is sent again, for days.
    acknowledgement: () => ({ status: 200, hasReceipt: true }),
    challenge: (request, _secrets, config) => challenge.answerMeta(request, config.verify_token),
  }),

  "microsoft-graph": defineProvider({
    config: noOptions,
    scheme: () => clientStateScheme,
    describe(request) {
      const notifications = field(jsonBody(request), "value");
      const type = fieldOfAll(notifications, "lifecycleEvent") ?? fieldOfAll(notifications, "changeType");
      return { id: fieldOfOnly(notifications, "id"), type };
    },
    // A notification of a drive has no id, no time and no version.
    bodiesRecur: true,
    challenge: challenge.answerMicrosoftGraph,
  }),

  zoom: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-zm-signature", encoding: "hex", prefix: "v0=" },
        timestamp: { header: "x-zm-request-timestamp", format: "unix" },
        template: "v0:{timestamp}:{body}",
      }),
    describe: (request) => ({ id: null, type: field(jsonBody(request), "event") }),
    // Any other status but 204 is sent again, three times over.
    acknowledgement: () => ({ status: 200, hasReceipt: true }),
    challenge: challenge.answerZoom,
  }),

  dropbox: defineProvider({
    config: noOptions,
    scheme: () =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: "x-dropbox-signature", encoding: "hex" },
      }),
    // The body only names the accounts in which something changed.
    describe: () => ({ id: null, type: "files.changed" }),
    bodiesRecur: true,
    // Any other status is sent again, for ten minutes.
    acknowledgement: () => ({ status: 200, hasReceipt: true }),
    challenge: challenge.answerDropbox,
  }),

  // The stamp is checked but not signed, as its senders have it.
  condo: defineProvider({
    config: condoConfig,
    scheme: (config) =>
      signatureScheme({
        key: textHmacKey("sha256"),
        signature: { header: config.header, encoding: "hex", prefix: "sha256=", prefixOptional: true },
        timestamp: {
          header: "x-timestamp",
          format: "iso8601",
          toleranceSeconds: config.tolerance_seconds,
        },
      }),
    describe: describeByOptions,
  }),

  hmac: defineProvider({
    config: hmacConfig,
    scheme: (config) => genericSignatureScheme(textHmacKey(config.algorithm), config),
    describe: describeByOptions,
  }),

  ed25519: defineProvider({
    config: ed25519Config,
    scheme: (config) => genericSignatureScheme(ed25519Key, config),
    describe: describeByOptions,
  }),

  ecdsa: defineProvider({
    config: ecdsaConfig,
    scheme: (config) => genericSignatureScheme(ecdsaKey(config.algorithm), config),
    describe: describeByOptions,
  }),

  basic: defineProvider({
    config: credentialsConfig,
    scheme: () => basicScheme,
    describe: describeByOptions,
  }),

  bearer: defineProvider({
    config: credentialsConfig,
    scheme: () => bearerScheme,
    describe: describeByOptions,
  }),

  "api-key": defineProvider({
    config: apiKeyConfig,
    scheme: (config) => apiKeyScheme(config.header),
    describe: describeByOptions,
  }),
} satisfies Record<string, Provider>;

export type ProviderName = keyof typeof providers;

export const providerNames = Object.keys(providers) as [ProviderName, ...ProviderName[]];

export function isProviderName(name: string): name is ProviderName {
  return Object.hasOwn(providers, name);
}

type ProviderConfigs = { readonly [Name in ProviderName]: (typeof providers)[Name]["config"] };

/** The schema of each provider's options. */
export const providerConfigs = Object.fromEntries(
  Object.entries(providers).map(([name, provider]) => [name, provider.config]),
) as ProviderConfigs;
