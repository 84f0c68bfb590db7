import assert from "node:assert/strict";
import { test } from "node:test";
import { registerTenant, startTestFleet, type TestFleet } from "@condo/e2e";
import { eventually } from "@condo/testing";
import { isolationSuite } from "./suite.ts";

let fleet: TestFleet;

isolationSuite("tenants are kept apart behind PgBouncer in transaction mode", async () => {
  fleet = await startTestFleet(
    { REQUESTS_PER_MINUTE: "1000000", LOGIN_ATTEMPTS_PER_MINUTE: "1000000" },
    { isPooled: true },
  );
  return fleet;
});

test("services reach Postgres by PgBouncer alone: with it they go, and come back", async () => {
  const tenant = await registerTenant(fleet.origin);
  assert.ok(fleet.pooler);
  await fleet.pooler.stop();
  assert.equal((await tenant.call("GET", "/auth/me")).status, 503);
  await fleet.pooler.restart();
  await eventually(
    "the services are back",
    async () => (await tenant.call("GET", "/auth/me")).status === 200,
  );
});
