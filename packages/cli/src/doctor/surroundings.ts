import { commonConfig, readConfig, ConfigError } from "@condo/http";
import { createClient } from "@condo/client";
import { problem, warning, well, type Check } from "./finding.ts";

const answerLimitMs = 5_000;

/** What callers meet, and what services are told. */
export const surroundingChecks: Record<string, Check> = {
  async services({ env }) {
    const url = env["CONDO_URL"] || "http://localhost:8080";
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

  async configuration({ env }) {
    try {
      const config = readConfig(commonConfig, { ...env, NODE_ENV: env["NODE_ENV"] ?? "development" });
      const url = new URL(config.PUBLIC_URL);
      const isLocal = /(^|\.)localhost$|^127\.|^\[::1\]$/.test(url.hostname);
      if (url.protocol === "http:" && !isLocal) {
        return problem(
          "configuration",
          `PUBLIC_URL is ${url.origin}`,
          "Passwords, tokens and webhooks are sent in the clear",
          "Put TLS in front, and https:// into PUBLIC_URL",
        );
      }
      if (!isLocal && config.TRUST_PROXY.join() === "loopback") {
        return warning(
          "configuration",
          "TRUST_PROXY is loopback, where PUBLIC_URL is not",
          "Behind a proxy on another machine every caller has the proxy's address: limits and locks hit all at once",
          "Set TRUST_PROXY to the proxy's addresses",
        );
      }
      return well("configuration", `The variables here are as they should be; callers use ${url.origin}`);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return problem(
        "configuration",
        error.message,
        "A service with these variables does not start",
        "See .env.example",
      );
    }
  },
};
