import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { exactPaths, prefixes, type Upstream } from "./gateway-routes.ts";
import { root } from "./paths.ts";

const upstreamNames: Record<Upstream, string> = {
  identity: "identity_api",
  tenant: "tenant_api",
  ingest: "webhook_ingest",
};
/** Bytes that the largest body of an upstream may have, as nginx writes them; the gateway's own limit where it has none. */
const bodyLimits: Partial<Record<Upstream, string>> = { ingest: "25m" };

/** nginx's `routes.conf`: the same paths, in the same order, as the gateway of one machine has. */
export function renderNginxRoutes(): string {
  const locations = [
    ...prefixes.map(([prefix, upstream]) => location(`${escape(prefix)}(/|$)`, upstream)),
    ...[...exactPaths].map(([path, upstream]) => location(`${escape(path)}$`, upstream)),
  ];
  return `${[header, ...locations].join("\n")}\n`;
}

const header =
  "# Made from infra/local/src/gateway-routes.ts by `npm run fix`. The first that matches counts.\n";

function location(pattern: string, upstream: Upstream): string {
  const limit = bodyLimits[upstream];
  const lines = [
    "if ($is_crooked) {",
    "    return 400;",
    "}",
    ...(limit ? [`client_max_body_size ${limit};`] : []),
    `proxy_pass http://${upstreamNames[upstream]};`,
  ];
  return `location ~ ^${pattern} {\n${lines.map((line) => `    ${line}\n`).join("")}}`;
}

function escape(path: string): string {
  return path.replaceAll(".", String.raw`\.`);
}

export function writeNginxRoutes(): void {
  writeFileSync(join(root, "infra/gateway/routes.conf"), renderNginxRoutes());
}
