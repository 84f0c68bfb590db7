import { z } from "zod";

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.unknown()),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()).optional() }).optional(),
});

type ApiDocument = z.output<typeof documentSchema>;

const fetchTimeoutMs = 2_000;

/**
 * One OpenAPI document for the whole API, of this service's own and the others'. What was fetched is kept; a service that
 * is away is left out until it is back.
 */
export function createApiDocument(urls: readonly string[]): (own: object) => Promise<ApiDocument> {
  const kept = new Map<string, ApiDocument>();
  return async (own) => {
    await Promise.all(
      urls
        .filter((url) => !kept.has(url))
        .map(async (url) => {
          const document = await fetchDocument(url);
          if (document) kept.set(url, document);
        }),
    );
    return [...kept.values()].reduce(merge, documentSchema.parse(own));
  };
}

async function fetchDocument(url: string): Promise<ApiDocument | undefined> {
  try {
    const answer = await fetch(new URL("/openapi.json", url), {
      signal: AbortSignal.timeout(fetchTimeoutMs),
    });
    return documentSchema.parse(await answer.json());
  } catch {
    return undefined;
  }
}

function merge(into: ApiDocument, other: ApiDocument): ApiDocument {
  return {
    ...into,
    paths: { ...other.paths, ...into.paths },
    components: {
      ...into.components,
      schemas: { ...other.components?.schemas, ...into.components?.schemas },
    },
  };
}
