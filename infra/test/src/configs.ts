import { readConfig } from "@condo/http";
import type { z } from "zod";
import { configSchema as identityApi } from "../../../services/identity-api/src/config.ts";
import { configSchema as tenantApi } from "../../../services/tenant-api/src/config.ts";
import { configSchema as webhookIngest } from "../../../services/webhook-ingest/src/config.ts";
import { configSchema as worker } from "../../../services/worker/src/config.ts";

const schemas: Record<string, z.ZodObject> = {
  "identity-api": identityApi,
  "tenant-api": tenantApi,
  "webhook-ingest": webhookIngest,
  worker,
};

export const serviceNames = Object.keys(schemas);

/** Whether any service reads a variable. */
export function isKnown(variable: string): boolean {
  return Object.values(schemas).some((schema) => variable in schema.shape);
}

/** What a service makes of its variables. @throws ConfigError for a value that it would not start with */
export function configOf(service: string, env: Record<string, string>): Record<string, unknown> {
  const schema = schemas[service];
  if (!schema) throw new Error(`There is no service ${service}`);
  return readConfig(schema, env);
}
