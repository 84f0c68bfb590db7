import { commonConfig, limitsConfig, masterKey } from "@condo/http";
import { outboundAllow } from "@condo/outbound";
import { algorithms } from "@condo/signing-keys";
import { z } from "zod";

export const configSchema = commonConfig.extend({
  ...limitsConfig.shape,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8081).describe("The port to listen on"),
  CONDO_MASTER_KEY: masterKey,
  TOKEN_ALGORITHM: z
    .enum(algorithms)
    .default("EdDSA")
    .describe("What new keys of access tokens sign with; a change shows after `condo keys rotate`"),
  ACCESS_TOKEN_SECONDS: z.coerce
    .number()
    .int()
    .min(60)
    .max(3600)
    .default(900)
    .describe("Life of an access token"),
  REFRESH_IDLE_SECONDS: z.coerce
    .number()
    .int()
    .min(300)
    .default(14 * 86_400)
    .describe("After how long without a refresh a session can't be refreshed any more"),
  SESSION_SECONDS: z.coerce
    .number()
    .int()
    .min(300)
    .default(30 * 86_400)
    .describe("When a session ends, however often it is refreshed"),
  LOGIN_ATTEMPTS_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(30)
    .describe("Requests a minute that one address may make to each route that takes credentials"),
  LOCKOUT_FAILURES: z.coerce
    .number()
    .int()
    .min(2)
    .max(100)
    .default(5)
    .describe("Wrong passwords in a row that lock an account"),
  LOCKOUT_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(60)
    .describe("How long an account is locked the first time; each further lock lasts twice as long"),
  LOCKOUT_MAX_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(3600)
    .describe("How long an account is locked at most"),
  ADDRESS_FAILURES: z.coerce
    .number()
    .int()
    .min(1)
    .default(300)
    .describe("Failed logins from one address (an IPv6 /64), over all accounts, after which it has to wait"),
  ADDRESS_FAILURE_WINDOW_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .default(900)
    .describe("Over how long the failed logins of an address are counted"),
  SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .optional()
    .describe("The server that mails are sent by, as smtp://user:password@host:587 or smtps://…:465"),
  MAIL_FROM: z.string().default("Condo <no-reply@localhost>").describe("Whom mails are from"),
  MAIL_DIR: z
    .string()
    .optional()
    .describe("Where mails are put as files, for a person to read, when there is no SMTP_URL"),
  APP_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "Where your own pages for /reset-password, /verify-email and /accept-invitation are; mails link to them",
    ),
  OUTBOUND_ALLOW: outboundAllow,
});

export type Config = z.output<typeof configSchema>;
