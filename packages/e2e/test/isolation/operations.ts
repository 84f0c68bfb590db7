import { call } from "@condo/e2e";
import { eventually } from "@condo/testing";

/** As much of a JSON schema as requests are made of. */
export interface JsonSchema {
  type?: string;
  format?: string;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  minimum?: number;
  minLength?: number;
  minItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  oneOf?: readonly JsonSchema[];
}

interface Parameter {
  in: "path" | "query" | "header";
  name: string;
  schema: JsonSchema;
}

/** A route as the served document tells of it. */
export interface Operation {
  /** `PUT /api/v1/users/{user_id}`. */
  id: string;
  method: string;
  path: string;
  pathParameters: string[];
  queryParameters: string[];
  headerParameters: string[];
  body: JsonSchema | undefined;
  /** Who may call it: anybody, anybody or a known caller, people alone, or any caller with its permission. */
  access: "public" | "optional" | "people" | "permission";
  /** The one it needs, where a permission decides. */
  permission: string | undefined;
}

interface OpenApi {
  paths: Record<string, Record<string, DocumentedOperation>>;
}

interface DocumentedOperation {
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  security?: Record<string, unknown>[];
}

/** A path of each service: a document without one of them was made while that service was away. */
const landmarks = ["/api/v1/auth/login", "/api/v1/webhook-sources", "/api/v1/webhooks/{service_name}"];

/** Every route of the API, from the document that the gateway serves. */
export async function readOperations(origin: string): Promise<Operation[]> {
  const document = await eventually("a document with every service's routes", async () => {
    const { body } = await call(origin, "GET", "/openapi.json");
    return landmarks.every((path) => body.paths?.[path]) && body;
  });
  const { paths } = resolved(document, document) as OpenApi;
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) =>
      toOperation(method.toUpperCase(), path, operation),
    ),
  );
}

/** A document with what its references point to in their places; schemas of the API do not recur. */
function resolved(node: unknown, document: object): unknown {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map((each) => resolved(each, document));
  if ("$ref" in node && typeof node.$ref === "string") {
    const steps = node.$ref.slice(2).split("/");
    const target = steps.reduce<unknown>((found, step) => (found as Record<string, unknown>)[step], document);
    return resolved(target, document);
  }
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, resolved(value, document)]));
}

function toOperation(method: string, path: string, documented: DocumentedOperation): Operation {
  const { description = "", parameters = [], requestBody, security = [] } = documented;
  return {
    id: `${method} ${path}`,
    method,
    path,
    pathParameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name),
    queryParameters: namesOf(parameters, "query"),
    headerParameters: namesOf(parameters, "header"),
    body: requestBody?.content["application/json"]?.schema,
    access: accessOf(security),
    permission: /Needs `([\w:]+)`/.exec(description)?.[1],
  };
}

function namesOf(parameters: readonly Parameter[], place: Parameter["in"]): string[] {
  return parameters.filter((each) => each.in === place).map(({ name }) => name);
}

function accessOf(security: Record<string, unknown>[]): Operation["access"] {
  if (security.length === 0) return "public";
  if (security.some((way) => Object.keys(way).length === 0)) return "optional";
  return security.some((way) => "api_key" in way) ? "permission" : "people";
}
