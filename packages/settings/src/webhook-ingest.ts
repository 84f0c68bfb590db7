import { commonConfig, masterKey } from "@condo/http";
import { z } from "zod";
import { intakeShards } from "./intake-shards.ts";

const mebibyte = 1024 * 1024;

export const configSchema = commonConfig.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8083).describe("The port to listen on"),
  CONDO_MASTER_KEY: masterKey,
  INTAKE_SHARDS: intakeShards,
  INTAKE_REPLICAS: z.coerce
    .number()
    .int()
    .min(0)
    .max(5)
    .optional()
    .describe(
      "Replicas that must have a webhook before it is acknowledged, or it goes to Postgres; 1 for a Redis Cluster, 0 for one Redis",
    ),
  MAX_WEBHOOK_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .max(64 * mebibyte)
    .default(25 * mebibyte)
    .describe("Bytes of a webhook's body at most"),
  MAX_BULK_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(256 * mebibyte)
    .describe(
      "Bytes of a bulk request at most; MAX_WEBHOOK_BYTES where its signature can't be verified as it arrives",
    ),
  REQUEST_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(1024)
    .default(256 * mebibyte)
    .describe("Bytes of bodies that one process holds at once; a tenant has half of them at most"),
  SPOOL_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      "The folder in which bulk requests past 1 MiB wait until their signature holds; the system's for temporary files by default",
    ),
  SPOOL_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(0)
    .default(1024 * mebibyte)
    .describe(
      "Bytes that one process has there at once; a tenant, and so a request, has half of them at most. 0 has memory hold such requests, MAX_WEBHOOK_BYTES of each at most",
    ),
  SOURCE_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .min(1024 * 1024)
    .default(256 * mebibyte)
    .describe("Bytes of sources that one process remembers, about 2 KB each; Postgres is asked for others"),
  INTAKE_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(2048 * mebibyte)
    .describe("Bytes that may wait in the intake; past them webhooks are answered with 503 and Retry-After"),
  INTAKE_MAX_EVENTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(2_000_000)
    .describe("Events that may wait in the intake"),
  INTAKE_TENANT_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(1024 * mebibyte)
    .describe(
      "Bytes of one tenant that may wait in the intake; past them its webhooks are answered with 429",
    ),
  INTAKE_TENANT_MAX_EVENTS: z.coerce
    .number()
    .int()
    .min(1)
    .default(1_000_000)
    .describe("Events of one tenant that may wait in the intake"),
  REUSE_PORT: z
    .enum(["0", "1"])
    .default("0")
    .transform((flag) => flag === "1")
    .describe("1 lets several processes share PORT (SO_REUSEPORT)"),
});

export type Config = z.output<typeof configSchema>;
