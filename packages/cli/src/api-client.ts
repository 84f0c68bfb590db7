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
  return createClient({ url: apiUrl(env), as: credentials(env), retries: 1, maxWaitMs: 5_000 });
}

/** Where the API is. @throws CommandProblem when CONDO_URL says no place, without the password that may be in it */
export function apiUrl(env: Terminal["env"]): string {
  const url = URL.parse(env["CONDO_URL"] || defaultUrl);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new CommandProblem(
      "bad_url",
      "CONDO_URL should be an http or https URL, without a name or password",
    );
  }
  return url.href.replace(/\/+$/, "");
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
