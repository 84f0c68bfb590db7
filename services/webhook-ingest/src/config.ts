import { commonConfig, masterKey } from "@condo/http";
import { z } from "zod";

export const configSchema = commonConfig.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8083).describe("The port to listen on"),
  CONDO_MASTER_KEY: masterKey,
  INTAKE_SHARDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Streams that the intake is spread over; the same for every service"),
  MAX_WEBHOOK_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(25 * 1024 * 1024)
    .describe("Bytes of a webhook's body at most"),
});

export type Config = z.output<typeof configSchema>;
