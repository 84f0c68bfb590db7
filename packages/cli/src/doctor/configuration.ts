import { commonConfig, ConfigError, readConfig, type ConfigIssue } from "@condo/http";
import { serviceSettings } from "@condo/settings";
import { problem, warning, well, type Finding, type Told } from "./finding.ts";

const name = "configuration";
/** Other checks tell when these are missing. */
const lookedAtElsewhere = new Set(["DATABASE_URL", "REDIS_URL", "CONDO_MASTER_KEY"]);

/** Holds the variables against what each service makes of them. */
export async function configuration({ env }: Told): Promise<Finding> {
  // Weak secrets, which services refuse in production alone, are a check of their own.
  const told = { ...env, NODE_ENV: env["NODE_ENV"] === "production" ? "development" : env["NODE_ENV"] };
  const refused = new Map<string, string[]>();
  for (const [service, schema] of Object.entries(serviceSettings)) {
    for (const { sentence } of issuesOf(schema, told))
      refused.set(sentence, [...(refused.get(sentence) ?? []), service]);
  }
  if (refused.size === 0) return exposure(env);
  const everywhere = Object.keys(serviceSettings).length;
  return problem(
    name,
    [...refused]
      .map(([sentence, by]) => `${sentence} (${by.length === everywhere ? "every service" : by.join(", ")})`)
      .join("; "),
    "A service with these variables does not start",
    "See .env.example",
  );
}

function issuesOf(schema: Parameters<typeof readConfig>[0], env: Told["env"]): ConfigIssue[] {
  try {
    readConfig(schema, env);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.issues.filter(
      ({ variable, isMissing }) => !(isMissing && variable !== undefined && lookedAtElsewhere.has(variable)),
    );
  }
}

const exposureConfig = commonConfig.pick({ PUBLIC_URL: true, TRUST_PROXY: true });

/** What each service takes, and still is no good to whoever calls. */
function exposure(env: Told["env"]): Finding {
  const config = readConfig(exposureConfig, env);
  const url = new URL(config.PUBLIC_URL);
  const isLocal = /(^|\.)localhost$|^127\.|^\[::1\]$/.test(url.hostname);
  if (url.protocol === "http:" && !isLocal) {
    return problem(
      name,
      `PUBLIC_URL is ${url.origin}`,
      "Passwords, tokens and webhooks are sent in the clear",
      "Put TLS in front, and https:// into PUBLIC_URL",
    );
  }
  if (!isLocal && config.TRUST_PROXY.join() === "loopback") {
    return warning(
      name,
      "TRUST_PROXY is loopback, where PUBLIC_URL is not",
      "Behind a proxy on another machine every caller has the proxy's address: limits and locks hit all at once",
      "Set TRUST_PROXY to the proxy's addresses",
    );
  }
  return well(name, `Every service would start with the variables here; callers use ${url.origin}`);
}
