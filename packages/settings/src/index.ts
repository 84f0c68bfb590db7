import type { z } from "zod";
import { configSchema as identityApi } from "./identity-api.ts";
import { configSchema as tenantApi } from "./tenant-api.ts";
import { configSchema as webhookIngest } from "./webhook-ingest.ts";
import { configSchema as worker } from "./worker.ts";

/** By the service's name, the variables that it reads: `readConfig` of `@condo/http` makes its configuration of them. */
export const serviceSettings = {
  "identity-api": identityApi,
  "tenant-api": tenantApi,
  "webhook-ingest": webhookIngest,
  worker,
} satisfies Record<string, z.ZodObject>;
