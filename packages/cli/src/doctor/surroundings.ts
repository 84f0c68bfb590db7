import { createClient } from "@condo/client";
import { weakSecrets } from "@condo/http";
import { apiUrl } from "../api-client.ts";
import { configuration } from "./configuration.ts";
import { disk } from "./disk.ts";
import { misspelt } from "./misspelt.ts";
import { problem, well, type Check, type Told } from "./finding.ts";

const answerLimitMs = 5_000;

/** What callers meet, and what everything stands on. */
export const surroundingChecks: Record<string, Check<Told>> = {
  async services({ env }) {
    const url = apiUrl(env);
    try {
      const client = createClient({ url, retries: 0, timeoutMs: answerLimitMs });
      const health = await client.get("/health");
      const ailing = Object.entries(health.services).filter(([, state]) => state !== "ok");
      if (ailing.length === 0) return well("services", `All answer at ${url}`);
      return problem(
        "services",
        ailing.map(([name, state]) => `${name} is ${state}`).join(", "),
        "What it is for is not done",
        "Look at its log, and at its /health/ready",
      );
    } catch (error) {
      return problem(
        "services",
        `${url} does not answer well (${error instanceof Error ? error.message : String(error)})`,
        "Nobody reaches the API, or this command asks in the wrong place",
        "Set CONDO_URL to the gateway; start the gateway and tenant-api",
      );
    }
  },

  async "weak secrets"({ env }) {
    const weak = weakSecrets(Object.fromEntries(Object.entries(env).filter(([, value]) => value)));
    if (weak.length === 0)
      return well("weak secrets", "No variable here has a secret that anybody could guess");
    return problem(
      "weak secrets",
      weak.join("; "),
      "A default is the first that is tried",
      "Make others; services refuse these in production",
    );
  },

  configuration,
  "misspelt variables": misspelt,
  disk,
};
