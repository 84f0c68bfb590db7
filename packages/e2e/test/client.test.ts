import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import { ApiProblem, createClient, type CondoClient } from "@condo/client";
import { generateTypes } from "@condo/client/generate";
import { registerTenant, startTestFleet, type TenantApi, type TestFleet } from "@condo/e2e";
import { eventually } from "@condo/testing";

const condoMain = join(import.meta.dirname, "../../cli/src/main.ts");
const schemaFile = join(import.meta.dirname, "../../client/src/schema.ts");

suite("the client", () => {
  let fleet: TestFleet;
  let tenant: TenantApi;
  let client: CondoClient;

  before(async () => {
    fleet = await startTestFleet();
    tenant = await registerTenant(fleet.origin);
    const { email, password, slug } = tenant;
    client = createClient({ url: fleet.origin, as: { email, password, tenant: slug } });
  });

  test("has the types of the API that runs", async () => {
    const document = await (await fetch(`${fleet.origin}/openapi.json`)).json();
    const types = await generateTypes(document);
    if (process.env["CONDO_UPDATE_CLIENT"]) writeFileSync(schemaFile, types);
    assert.ok(
      types === readFileSync(schemaFile, "utf8"),
      "packages/client/src/schema.ts is not of this API: CONDO_UPDATE_CLIENT=1 npm test -- packages/e2e/test/client",
    );
  });

  test("creates, lists page by page, and deletes", async () => {
    const { items: before } = await client.get("/api/v1/webhook-sources");
    for (const service of ["a", "b", "c"]) {
      const source = {
        service_name: service,
        provider: "standard-webhooks",
        secret: `whsec_${"A".repeat(32)}`,
      };
      await client.post("/api/v1/webhook-sources", { body: { ...source, provider: "standard-webhooks" } });
    }
    const sources = await Array.fromAsync(
      client.list("/api/v1/webhook-sources", { params: { query: { limit: 2 } } }),
    );
    assert.equal(sources.length, before.length + 3);
    const [last] = sources;
    const params = { path: { source_id: last?.id ?? "" } };
    await client.delete("/api/v1/webhook-sources/{source_id}", { params });
    await assert.rejects(client.get("/api/v1/webhook-sources/{source_id}", { params }), { status: 404 });
  });

  test("does a change once, however often it is asked under one key", async () => {
    const body = { name: randomUUID(), url: "https://acme.example/hook" };
    const params = { header: { "idempotency-key": randomUUID() } };
    const made = await Promise.all([
      client.post("/api/v1/webhook-destinations", { body, params }),
      client.post("/api/v1/webhook-destinations", { body, params }),
    ]);
    assert.equal(made[0].id, made[1].id, "the second was in flight, and got the answer of the first");
    const all = await Array.fromAsync(client.list("/api/v1/webhook-destinations"));
    assert.equal(all.filter(({ name }) => name === body.name).length, 1);
  });

  test("tells which parts of a request are wrong", async () => {
    const refused = client.post("/api/v1/webhook-destinations", { body: { name: "", url: "nowhere" } });
    await assert.rejects(refused, (error: unknown) => {
      assert.ok(error instanceof ApiProblem);
      assert.equal(error.code, "validation_failed");
      assert.deepEqual(error.errors.map(({ path }) => path).sort(), ["body.name", "body.url"]);
      assert.match(error.requestId ?? "", /\S/);
      return true;
    });
  });

  test("goes on through a restart of what it calls", async () => {
    const restarting = fleet.services["tenant-api"]
      .kill("SIGKILL")
      .then(() => fleet.services["tenant-api"].start());
    // However long a start takes on a busy machine.
    const patient = createClient({
      url: fleet.origin,
      as: { accessToken: tenant.accessToken },
      retries: 1_000,
    });
    const [sources] = await Promise.all([patient.get("/api/v1/webhook-sources"), restarting]);
    assert.ok(Array.isArray(sources.items));
  });

  test("acts for a tenant as a service of the operator's, until that is revoked", async () => {
    const services = async (...args: string[]) => {
      const command = [condoMain, "--json", "services", ...args];
      const env = { DATABASE_URL: fleet.platformDatabaseUrl };
      return (await promisify(execFile)(process.execPath, command, { env })).stdout;
    };
    const made = await services("create", "billing", "--permission", "webhook_sources:read");
    const { client_secret: clientSecret } = JSON.parse(made) as { client_secret: string };
    const credentials = { clientId: "billing", clientSecret, tenantId: tenant.tenantId };
    const service = createClient({ url: fleet.origin, as: credentials });
    const { items } = await service.get("/api/v1/webhook-sources");
    assert.deepEqual(items, (await client.get("/api/v1/webhook-sources")).items);
    await assert.rejects(service.get("/api/v1/users"), { status: 403 });

    const other = await registerTenant(fleet.origin);
    const elsewhere = createClient({
      url: fleet.origin,
      as: credentials,
      headers: { "x-tenant-id": other.slug },
    });
    await assert.rejects(elsewhere.get("/api/v1/webhook-sources"), { code: "tenant_mismatch" });

    await services("revoke", "billing");
    await eventually("the token is refused, and no other is given", async () => {
      const refused = await service.get("/api/v1/webhook-sources").catch((error: unknown) => error);
      return refused instanceof ApiProblem && refused.code === "invalid_client";
    });
  });

  test("exchanges a refresh token once for many calls, and is logged out for good", async () => {
    const { refreshToken } = tenant;
    const kept: string[] = [];
    const other = createClient({
      url: fleet.origin,
      as: { refreshToken, onTokens: (tokens) => kept.push(tokens.refresh_token) },
    });
    await Promise.all(Array.from({ length: 10 }, () => other.get("/api/v1/auth/me")));
    assert.equal(kept.length, 1);
    await other.logout();
    await assert.rejects(other.get("/api/v1/auth/me"), { code: "session_over" });
    const next = createClient({ url: fleet.origin, as: { refreshToken: kept[0] ?? "" } });
    await assert.rejects(next.get("/api/v1/auth/me"), { status: 401 });
  });
});
