import { tracingConfig } from "@condo/tracing";
import { z } from "zod";

const service = z.url({ protocol: /^https?$/ });

/** What a gateway is told by the fleet. */
export const gatewayConfig = tracingConfig.extend({
  HOST: z.string().default("localhost"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.string().default("info"),
  IDENTITY_URL: service,
  TENANT_URL: service,
  INGEST_URL: service,
});
