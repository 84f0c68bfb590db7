import openapiTypescript, { astToString } from "openapi-typescript";

interface ApiDocument {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

const head = `// Made from the API's OpenAPI document: CONDO_UPDATE_CLIENT=1 npm test -- packages/e2e/test/client\n\n`;

/** `src/schema.ts`: the API's document as types. Every refusal is a problem, so each operation has one for all. */
export async function generateTypes(document: unknown): Promise<string> {
  const slim = structuredClone(document) as ApiDocument;
  for (const { responses } of Object.values(slim.paths).flatMap((path) => Object.values(path))) {
    for (const status of Object.keys(responses)) if (/^[45]/.test(status)) delete responses[status];
  }
  const ast = await openapiTypescript(JSON.stringify(slim), { alphabetize: true });
  return head + astToString(ast);
}
