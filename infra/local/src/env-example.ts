import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serviceSettings } from "@condo/settings";
import { z } from "zod";
import { root } from "./paths.ts";

const variableSchema = z.object({
  description: z.string(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});

interface Variable {
  description: string;
  /** The default's text, and the services that have it. */
  defaults: Map<string, string[]>;
  services: string[];
}

/** `.env.example`: every variable of every service, from the schemas that the services read them with. */
export function renderEnvExample(): string {
  const variables = new Map<string, Variable>();
  for (const [service, schema] of Object.entries(serviceSettings)) {
    const { properties = {} } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    for (const [name, property] of Object.entries(properties)) {
      const { description, default: value } = variableSchema.parse(property);
      const variable: Variable = variables.get(name) ?? { description, defaults: new Map(), services: [] };
      variables.set(name, variable);
      variable.services.push(service);
      const text = value === undefined ? "" : String(value);
      variable.defaults.set(text, [...(variable.defaults.get(text) ?? []), service]);
    }
  }
  const blocks = [...variables].map(([name, variable]) => block(name, variable));
  return `${[header, ...blocks].join("\n\n")}\n`;
}

const header = [
  "# Every variable that a service reads, with its default. `npm start` sets what is needed on one machine;",
  "# DATABASE_URL (of a role that owns the database and has CREATEROLE) and REDIS_URL put your own engines in place of its.",
].join("\n");

function block(name: string, { description, defaults, services: readers }: Variable): string {
  const everywhere =
    readers.length === Object.keys(serviceSettings).length ? "every service" : readers.join(", ");
  const lines = [`# ${description}. Read by ${everywhere}.`];
  if (defaults.size > 1) {
    const each = [...defaults].map(([text, by]) => `${by.join(", ")}: ${text}`);
    return [...lines, `# Default: ${each.join("; ")}.`, `#${name}=`].join("\n");
  }
  const [text = ""] = defaults.keys();
  return [...lines, `#${name}=${text}`].join("\n");
}

export function writeEnvExample(): void {
  writeFileSync(join(root, ".env.example"), renderEnvExample());
}
