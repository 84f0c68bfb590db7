import { createHmac, randomBytes } from "node:crypto";
import { standardHeaders, standardSecret } from "@condo/e2e/api";
import type { Message } from "./book.ts";

interface Kind {
  provider: string;
  secret: () => string;
  sign: (secret: string, message: Pick<Message, "senderId" | "body">) => Record<string, string>;
}

const hex = () => randomBytes(16).toString("hex");
const hmac = (secret: string, text: string) => createHmac("sha256", secret).update(text).digest("hex");

const standard: Kind = {
  provider: "standard-webhooks",
  secret: standardSecret,
  sign: (secret, { senderId, body }) => standardHeaders(secret, senderId, body),
};

/** The services that each tenant takes webhooks for, and how their senders sign. */
export const services = {
  orders: standard,
  stripe: {
    provider: "stripe",
    secret: hex,
    sign(secret, { body }) {
      const stamp = Math.floor(Date.now() / 1000);
      return { "stripe-signature": `t=${stamp},v1=${hmac(secret, `${stamp}.${body}`)}` };
    },
  },
  github: {
    provider: "github",
    secret: hex,
    sign: (secret, { senderId, body }) => ({
      "x-hub-signature-256": `sha256=${hmac(secret, body)}`,
      "x-github-delivery": senderId,
    }),
  },
  erp: {
    provider: "bearer",
    secret: hex,
    sign: (secret) => ({ authorization: `Bearer ${secret}` }),
  },
  /** Of events that have an order. */
  chains: standard,
} satisfies Record<string, Kind>;

export type ServiceName = keyof typeof services;

export const serviceNames = Object.keys(services) as ServiceName[];

/** Services whose single webhooks come in no order. */
export const looseServices = ["orders", "stripe", "github", "erp"] as const satisfies ServiceName[];
