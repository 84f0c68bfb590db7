import { randomBytes } from "node:crypto";
import { buildService, createKeySet, createLogger, fetchJwks, readConfig, type KeySet } from "@condo/http";
import { createSealer } from "@condo/secrets";
import { atEnd, createTestDatabase, startTestRedis } from "@condo/testing";
import { buildApp } from "../src/app.ts";
import { configSchema } from "@condo/settings/identity-api";
import { password } from "./people.ts";

/** Two processes of identity-api and another service, on sockets, as they run. */
export async function startFleet(settings: Record<string, string> = {}) {
  const db = await createTestDatabase();
  const redis = await startTestRedis();
  const masterKey = randomBytes(32).toString("base64");
  const config = readConfig(configSchema, {
    NODE_ENV: "test",
    DATABASE_URL: db.appUrl,
    REDIS_URL: redis.url,
    CONDO_MASTER_KEY: masterKey,
    LOGIN_ATTEMPTS_PER_MINUTE: "1000000",
    ...settings,
  });
  const listen = async (): Promise<string> => {
    const app = await buildApp(config, createLogger("identity-api", "silent"));
    atEnd(() => app.close());
    return app.listen({ host: "127.0.0.1", port: 0 });
  };
  const identity = [await listen(), await listen()] as const;
  const keys = createKeySet(fetchJwks(`${identity[0]}/.well-known/jwks.json`));
  const elsewhere = await startElsewhere(keys);

  async function startElsewhere(keySet: KeySet): Promise<string> {
    const app = await buildService({
      name: "elsewhere",
      logger: createLogger("elsewhere", "silent"),
      trustProxy: ["loopback"],
      checks: {},
      authentication: { db: db.app, keys: keySet, issuer: config.PUBLIC_URL, baseHost: "localhost" },
    });
    app.get("/api/v1/auth/me", { config: { access: "authenticated" } }, async () => ({ done: true }));
    app.get("/api/v1/users", { config: { access: "users:read" } }, async () => ({ done: true }));
    atEnd(() => app.close());
    return app.listen({ host: "127.0.0.1", port: 0 });
  }

  return {
    db,
    config,
    sealer: createSealer(masterKey),
    identity,
    elsewhere,
    /** The key set of the other service. */
    keys,
    services: [...identity, elsewhere] as const,
    async registerAndLogIn(slug: string) {
      const admin_email = `admin@${slug}.example`;
      const registered = await post(`${identity[0]}/api/v1/auth/register`, {
        name: slug,
        slug,
        admin_email,
        admin_password: password,
        admin_first_name: "Ada",
        admin_last_name: "Lovelace",
      });
      if (registered.status !== 201) throw new Error(await registered.text());
      const answer = await post(`${identity[0]}/api/v1/auth/login`, {
        email: admin_email,
        password,
        tenant_slug: slug,
      });
      if (answer.status !== 200) throw new Error(await answer.text());
      return (await answer.json()) as { access_token: string; refresh_token: string };
    },
  };
}

export function post(url: string, body: object): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export function getMe(origin: string, token: string): Promise<Response> {
  return fetch(`${origin}/api/v1/auth/me`, { headers: { authorization: `Bearer ${token}` } });
}
