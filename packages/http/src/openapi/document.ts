import { STATUS_CODES } from "node:http";
import type { SwaggerTransformObject } from "@fastify/swagger";
import { jsonSchemaTransformObject } from "fastify-type-provider-zod";

interface Response {
  description: string;
  content?: Record<string, { schema?: { $ref?: string } }>;
}

interface Parameter {
  name: string;
  in: string;
}

interface Operation {
  responses: Record<string, Response | { $ref: string }>;
  parameters?: (Parameter | { $ref: string })[];
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: Record<"schemas" | "responses" | "parameters", Record<string, unknown>>;
}

const problemRef = "#/components/schemas/Problem";

const retryAfter = {
  "Retry-After": { description: "Seconds to wait before trying again", schema: { type: "integer" } },
};

/** What an error of a status means, whichever route answers it. */
const problems: Record<string, { name: string; description: string; headers?: object }> = {
  400: { name: "Malformed", description: "The request can't be read." },
  401: {
    name: "Unauthenticated",
    description: "It is not known who is calling: credentials are missing, wrong, or over.",
  },
  403: { name: "Forbidden", description: "The caller may not do this." },
  404: { name: "NotFound", description: "There is no such thing, or not for this caller." },
  409: { name: "Conflict", description: "The state of things, or a like request under way, forbids it." },
  412: { name: "Stale", description: "It was changed meanwhile: the ETag in If-Match is an old one." },
  413: { name: "TooLarge", description: "The body is larger than this operation takes." },
  415: {
    name: "UnsupportedMediaType",
    description: "The body is of a type that this operation does not take.",
  },
  422: { name: "Invalid", description: "The request is not as it should be; `errors` says where." },
  429: { name: "TooManyRequests", description: "A limit is reached.", headers: retryAfter },
  503: { name: "Unavailable", description: "A part is away; nothing was done.", headers: retryAfter },
  default: { name: "Error", description: "Any other error." },
};

/** Parameters that many operations share. */
const sharedParameters: Record<string, string> = {
  "idempotency-key": "IdempotencyKey",
  "if-match": "IfMatch",
  "if-none-match": "IfNoneMatch",
  limit: "Limit",
  cursor: "Cursor",
};

/** Formats that say it all: the patterns beside them are long, and each reader has the format's own. */
const knownFormats = new Set(["uuid", "date-time", "email"]);

/** Gives a service's document its components, for what its operations would otherwise repeat. */
export const finishDocument: SwaggerTransformObject = (given) => {
  const made = jsonSchemaTransformObject(given);
  const document = made as unknown as Document;
  document.components = { ...document.components, responses: {}, parameters: {} };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, operation })),
  );
  for (const { path, operation } of operations) {
    for (const [status, response] of Object.entries(operation.responses)) {
      operation.responses[status] = described(status, response as Response, document);
    }
    // Routes of one handler share a schema, which may have what not all their paths have.
    operation.parameters &&= (operation.parameters as Parameter[])
      .filter((one) => one.in !== "path" || path.includes(`{${one.name}}`))
      .map((one) => shared(one, document));
  }
  visit(document, (node) => {
    if (knownFormats.has(String(node["format"])) && node["type"] === "string") delete node["pattern"];
  });
  dropUnusedSchemas(document);
  return made;
};

function described(status: string, response: Response, document: Document): Response | { $ref: string } {
  const [media] = Object.values(response.content ?? {});
  if (media?.schema?.$ref !== problemRef) {
    if (response.description !== "Default Response") return response;
    return { ...response, description: STATUS_CODES[status] ?? "Done" };
  }
  const { name, ...meaning } = problems[status] ?? {
    name: "Error",
    description: STATUS_CODES[status] ?? "Any other error.",
  };
  document.components.responses[name] = { ...meaning, content: { "application/problem+json": media } };
  return { $ref: `#/components/responses/${name}` };
}

function shared(parameter: Parameter, document: Document): Parameter | { $ref: string } {
  const name = sharedParameters[parameter.name];
  if (name === undefined) return parameter;
  const known = (document.components.parameters[name] ??= parameter);
  // One that is called alike but takes something else stays what it is.
  if (JSON.stringify(known) !== JSON.stringify(parameter)) return parameter;
  return { $ref: `#/components/parameters/${name}` };
}

/** Every registered schema is rendered as input and as output; few are both. */
function dropUnusedSchemas(document: Document): void {
  const { schemas } = document.components;
  for (let isDone = false; !isDone;) {
    isDone = true;
    const used = new Set<unknown>();
    visit(document, (node) => used.add(node["$ref"]));
    for (const name of Object.keys(schemas)) {
      if (used.has(`#/components/schemas/${name}`)) continue;
      delete schemas[name];
      isDone = false;
    }
  }
}

function visit(node: unknown, see: (node: Record<string, unknown>) => void): void {
  if (typeof node !== "object" || node === null) return;
  see(node as Record<string, unknown>);
  for (const child of Object.values(node)) visit(child, see);
}
