import { commonConfig, limitsConfig, masterKey } from "@condo/http";
import { dnsServers } from "@condo/tenancy";
import { z } from "zod";
import { intakeShards } from "./intake-shards.ts";

const serviceUrl = z.url({ protocol: /^https?$/ });

export const configSchema = commonConfig.extend({
  ...limitsConfig.shape,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8082).describe("The port to listen on"),
  CONDO_MASTER_KEY: masterKey,
  JWKS_URL: serviceUrl
    .default("http://localhost:8081/.well-known/jwks.json")
    .describe("Where identity-api publishes the keys of access tokens"),
  IDENTITY_URL: serviceUrl
    .default("http://localhost:8081")
    .describe("identity-api, as this service reaches it"),
  INGEST_URL: serviceUrl
    .default("http://localhost:8083")
    .describe("webhook-ingest, as this service reaches it"),
  WORKER_URL: serviceUrl.default("http://localhost:8084").describe("worker, as this service reaches it"),
  INTAKE_SHARDS: intakeShards,
  CLOSING_GRACE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(365 * 86_400)
    .default(30 * 86_400)
    .describe("How long a tenant is closing, which can be called off, before everything of it is erased"),
  DNS_SERVERS: dnsServers,
});

export type Config = z.output<typeof configSchema>;
