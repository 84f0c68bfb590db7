import { randomBytes, randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import { sign } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { Stripe } from "stripe";

interface EventExamples {
  name: string;
  examples: readonly object[];
}

// Its types say that the array is a property `default` of itself, which it is not.
const require = createRequire(import.meta.url);
const githubExamples = require("@octokit/webhooks-examples") as readonly EventExamples[];

export interface SignedWebhook {
  headers: Record<string, string>;
  body: string;
}

export interface DemoSender {
  serviceName: string;
  provider: "stripe" | "github" | "standard-webhooks";
  makeSecret: () => string;
  /** A webhook as this sender makes it, signed by the sender's own package. */
  compose: (secret: string) => Promise<SignedWebhook>;
}

export const demoSenders: readonly DemoSender[] = [
  {
    serviceName: "stripe",
    provider: "stripe",
    makeSecret: () => `whsec_${randomBytes(24).toString("hex")}`,
    compose: async (secret) => {
      const body = JSON.stringify({
        id: `evt_${randomBytes(12).toString("hex")}`,
        object: "event",
        api_version: "2026-01-28.clover",
        created: Math.floor(Date.now() / 1000),
        livemode: false,
        type: "invoice.paid",
        data: { object: { id: "in_1RsDemo", object: "invoice", amount_paid: 4900, currency: "eur" } },
      });
      const signature = await Stripe.webhooks.generateTestHeaderStringAsync({ payload: body, secret });
      return { headers: { "content-type": "application/json", "stripe-signature": signature }, body };
    },
  },
  {
    serviceName: "github",
    provider: "github",
    makeSecret: () => randomBytes(24).toString("hex"),
    compose: async (secret) => {
      const event = "pull_request";
      const payload = githubExamples.find(({ name }) => name === event)?.examples[0];
      return githubWebhook(secret, event, JSON.stringify(payload));
    },
  },
  {
    serviceName: "orders",
    provider: "standard-webhooks",
    makeSecret: () => `whsec_${randomBytes(24).toString("base64")}`,
    compose: async (secret) => {
      const id = `msg_${randomUUID()}`;
      const now = new Date();
      const body = JSON.stringify({
        type: "order.shipped",
        timestamp: now.toISOString(),
        data: { order: "A-1027", carrier: "DHL" },
      });
      const headers = {
        "content-type": "application/json",
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": new Webhook(secret).sign(id, now, body),
      };
      return { headers, body };
    },
  },
];

/** A webhook as GitHub sends it. It carries no time: the signature holds for as long as the secret does. */
export async function githubWebhook(secret: string, event: string, body: string): Promise<SignedWebhook> {
  const headers = {
    "content-type": "application/json",
    "x-github-event": event,
    "x-github-delivery": randomUUID(),
    "x-hub-signature-256": await sign(secret, body),
  };
  return { headers, body };
}
