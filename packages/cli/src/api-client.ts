import { createClient, type CondoClient, type Credentials } from "@condo/client";
import { CommandProblem, type Terminal } from "./terminal.ts";

const defaultUrl = "http://localhost:8080";

/**
 * The HTTP API, as whom the environment says: CONDO_API_KEY; CONDO_TOKEN; or CONDO_EMAIL and CONDO_PASSWORD, with
 * CONDO_TENANT where the address has users in several tenants. CONDO_URL says where. Secrets are never arguments, which
 * other users of the machine could read.
 */
export function openApi({ env }: Pick<Terminal, "env">): CondoClient {
  // A person waits: what a second try does not mend is told.
  return createClient({ url: baseUrl(env["CONDO_URL"]), as: credentials(env), retries: 1, maxWaitMs: 5_000 });
}

function baseUrl(given: string | undefined): string {
  const url = URL.parse(given || defaultUrl);
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new CommandProblem("bad_url", "CONDO_URL should be an http or https URL");
  }
  return url.href;
}

function credentials(env: Terminal["env"]): Credentials {
  const {
    CONDO_API_KEY: apiKey,
    CONDO_TOKEN: accessToken,
    CONDO_EMAIL: email,
    CONDO_PASSWORD: password,
  } = env;
  if (apiKey) return { apiKey };
  if (accessToken) return { accessToken };
  if (email && password) return { email, password, tenant: env["CONDO_TENANT"] };
  throw new CommandProblem("no_login", "Set CONDO_API_KEY, CONDO_TOKEN, or CONDO_EMAIL and CONDO_PASSWORD");
}
