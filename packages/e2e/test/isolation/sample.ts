import type { JsonSchema, Operation } from "./operations.ts";

/** Bodies that a schema does not tell enough about: a choice of fields, a pattern, a rule between two. */
const examples: Record<string, object> = {
  "PUT /api/v1/webhook-sources/{source_id}": { is_active: true },
  "PUT /api/v1/users/{user_id}": { first_name: "Taken" },
};

/** A body that the route accepts, as far as its caller may; undefined for a route that takes none. */
export function sampleBody(operation: Operation): Record<string, unknown> | undefined {
  if (!operation.body) return undefined;
  return (examples[operation.id] ?? sample(operation.body)) as Record<string, unknown>;
}

/** The schema of an object's fields, through the alternatives that hold it. */
export function fieldsOf(schema: JsonSchema | undefined): Record<string, JsonSchema> {
  const object = schema && [schema, ...(schema.anyOf ?? [])].find(({ properties }) => properties);
  return object?.properties ?? {};
}

function sample(schema: JsonSchema): unknown {
  const choice = schema.anyOf?.[0] ?? schema.oneOf?.[0];
  if (choice) return sample(choice);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum.at(-1);
  if (schema.default !== undefined) return schema.default;
  const make = schema.type === undefined ? undefined : byType[schema.type];
  return make?.(schema) ?? null;
}

const byType: Record<string, (schema: JsonSchema) => unknown> = {
  object: sampleObject,
  array: ({ minItems = 0, items = {} }) => Array.from({ length: minItems }, () => sample(items)),
  integer: ({ minimum = 1 }) => Math.max(minimum, 1),
  number: ({ minimum = 1 }) => Math.max(minimum, 1),
  boolean: () => true,
  string: sampleText,
};

function sampleObject({ properties = {}, required = [] }: JsonSchema): Record<string, unknown> {
  const [first] = Object.keys(properties);
  const names = required.length > 0 || first === undefined ? required : [first];
  return Object.fromEntries(names.map((name) => [name, sample(properties[name] ?? {})]));
}

function sampleText({ format, minLength = 1 }: JsonSchema): string {
  if (format === "uuid") return crypto.randomUUID();
  if (format === "uri") return "https://example.com/";
  if (format === "date-time") return new Date().toISOString();
  return "sample".padEnd(minLength, "x");
}
