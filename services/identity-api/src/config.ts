import { commonConfig, masterKey } from "@condo/http";
import { z } from "zod";

export const configSchema = commonConfig.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8081).describe("The port to listen on"),
  CONDO_MASTER_KEY: masterKey,
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
});

export type Config = z.output<typeof configSchema>;
