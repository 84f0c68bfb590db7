import type { SwaggerTransform } from "@fastify/swagger";
import { jsonSchemaTransform } from "fastify-type-provider-zod";
import { z } from "zod";
import { problemSchema } from "../problem.ts";

const idempotencyHeader = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .describe(
      "Chosen by the caller, such as a UUID: the same request with the same key is done once, and answered alike",
    ),
});

const ifMatchHeader = z.object({
  "if-match": z
    .string()
    .optional()
    .describe(
      "The ETag of what is to be changed, as it was read: where it was changed meanwhile, this is refused",
    ),
});
const ifNoneMatchHeader = z.object({
  "if-none-match": z.string().optional().describe("The ETag of what is known already: 304 if it is the same"),
});

const [bearer, apiKey] = [{ bearer: [] }, { api_key: [] }];
const securityOf: Record<string, object[]> = {
  public: [],
  optional: [{}, bearer, apiKey],
  authenticated: [bearer],
};

/** Adds to each operation what follows from its route: how errors look, which there may be, what it takes to call it. */
export const describeOperation: SwaggerTransform = (route) => {
  const access = String(route.route.config?.access);
  const schema: typeof route.schema & { consumes?: readonly string[] } = { ...route.schema };
  const isPermission = securityOf[access] === undefined;
  const isChange = !["GET", "HEAD"].includes(String(route.route.method));
  const isIdempotent = isChange && access !== "public";
  const isConditional = route.route.config?.isConditional === true;
  const headers = {
    ...(isIdempotent ? idempotencyHeader.shape : {}),
    ...(isConditional ? (isChange ? ifMatchHeader : ifNoneMatchHeader).shape : {}),
  };
  const needs = isPermission ? `\n\nNeeds \`${access}\`.` : "";

  // A route that says what it takes, but has no schema for it, reads its body by itself.
  if (schema.consumes && !schema.body) schema.body = z.unknown();
  const problems: Record<string, boolean> = {
    400: schema.body !== undefined,
    // What needs no login may need something else: a password, a code, a signature.
    401: access !== "public" || isChange,
    403: isPermission || access === "authenticated" || isChange,
    404: schema.params !== undefined,
    409: isChange,
    412: isChange && isConditional,
    413: schema.body !== undefined,
    415: schema.body !== undefined,
    422: isIdempotent || [schema.body, schema.params, schema.querystring].some(Boolean),
    429: true,
    503: true,
  };
  const possible = Object.entries(problems).filter(([, isPossible]) => isPossible);
  return jsonSchemaTransform({
    ...route,
    schema: {
      ...(Object.keys(headers).length > 0 ? { headers: z.object(headers) } : {}),
      ...schema,
      response: {
        ...Object.fromEntries(possible.map(([status]) => [status, problemSchema])),
        ...(schema.response as object | undefined),
        default: problemSchema,
      },
      security: securityOf[access] ?? [bearer, apiKey],
      description: `${schema.description ?? ""}${needs}`.trim(),
    },
  } as Parameters<typeof jsonSchemaTransform>[0]);
};
