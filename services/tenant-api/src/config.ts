import { isIP } from "node:net";
import { commonConfig, limitsConfig, masterKey } from "@condo/http";
import { z } from "zod";

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
  INTAKE_SHARDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Streams that the intake is spread over; the same for every service"),
  CLOSING_GRACE_SECONDS: z.coerce
    .number()
    .int()
    .min(0)
    .max(365 * 86_400)
    .default(30 * 86_400)
    .describe("How long a tenant is closing, which can be called off, before everything of it is erased"),
  DNS_SERVERS: z
    .string()
    .default("")
    .transform((list) =>
      list
        .split(",")
        .map((entry) => entry.trim())
        .filter(Boolean),
    )
    .refine(
      (servers) => servers.every(isResolver),
      "should be IP addresses, with a port or not, with commas between",
    )
    .describe("Resolvers that are asked whether a domain is a tenant's; the system's own by default"),
});

/** As `Resolver.setServers` takes it: `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]:53`. */
function isResolver(server: string): boolean {
  const [, bracketed, plain] = /^(?:\[([^\]]+)\]|([^[\]]+?))(?::\d{1,5})?$/.exec(server) ?? [];
  return isIP(server) > 0 || isIP(bracketed ?? plain ?? "") > 0;
}

export type Config = z.output<typeof configSchema>;
