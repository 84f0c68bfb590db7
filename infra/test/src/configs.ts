import { readConfig } from "@condo/http";
import { serviceSettings } from "@condo/settings";
import type { z } from "zod";

const schemas: Record<string, z.ZodObject> = serviceSettings;

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
