import { z } from "zod";

const documentSchema = z.looseObject({
  paths: z.record(z.string(), z.unknown()),
  tags: z.array(z.object({ name: z.string(), description: z.string() })).default([]),
  components: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
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
    const others = urls.map((url) => kept.get(url)).filter((document) => document !== undefined);
    return others.reduce(merge, documentSchema.parse(own));
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
  const kinds = Object.keys({ ...other.components, ...into.components });
  return {
    ...into,
    tags: [...into.tags, ...other.tags.filter(({ name }) => !into.tags.some((tag) => tag.name === name))],
    paths: { ...other.paths, ...into.paths },
    components: Object.fromEntries(
      kinds.map((kind) => [kind, { ...other.components[kind], ...into.components[kind] }]),
    ),
  };
}
