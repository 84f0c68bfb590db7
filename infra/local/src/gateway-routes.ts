export type Upstream = "identity" | "tenant" | "ingest";

/** Whose a path is: the first that is the path itself or a folder above it. What is not here does not exist outside. */
export const prefixes: readonly (readonly [prefix: string, Upstream])[] = [
  ["/.well-known", "identity"],
  ["/api/v1/auth", "identity"],
  ["/api/v1/users", "identity"],
  ["/api/v1/sessions", "identity"],
  ["/api/v1/invitations", "identity"],
  ["/api/v1/api-keys", "identity"],
  ["/api/v1/roles", "identity"],
  ["/api/v1/permissions", "identity"],
  ["/api/v1/mfa", "identity"],
  ["/api/v1/oidc", "identity"],
  ["/api/v1/webhooks", "ingest"],
  ["/api/v1", "tenant"],
  ["/docs", "tenant"],
];
export const exactPaths: ReadonlyMap<string, Upstream> = new Map([
  ["/health", "tenant"],
  ["/health/", "tenant"],
  ["/openapi.json", "tenant"],
]);

/**
 * Whether a path has dot segments, or what some take for a slash: it means one thing here and another behind. As nginx.conf has
 * it.
 */
export function isCrooked(path: string): boolean {
  return /\\|(\/|%2f|%5c)(\.|%2e){1,2}(\/|%2f|%5c|$)/i.test(path);
}

/** The service that answers for a path as it stands in the request line, still encoded. */
export function upstreamOf(path: string): Upstream | undefined {
  const match = prefixes.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  return match?.[1] ?? exactPaths.get(path);
}
