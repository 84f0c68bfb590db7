import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withPlatform, type Actor } from "@condo/schema";
import { takeStep, type Step } from "@condo/tenancy";
import { eventually } from "@condo/testing";
import { startEndpoint, startInstallation, type Installation, type Tenant } from "./installation.ts";

const actor: Actor = { type: "operator", id: "test", requestId: null, address: null };

suite("a suspended tenant", () => {
  let installation: Installation;
  before(async () => {
    installation = await startInstallation();
    await installation.startWorker({ DELIVERY_SCHEDULE_MS: "60000" });
  });

  const take = (tenant: Tenant, step: Step) =>
    withPlatform(installation.db.platform, (trx) =>
      takeStep(trx, tenant.id, step, { actor, isOperator: false }),
    );

  for (const orderKey of [null, "/key"]) {
    test(`gets nothing of what comes in, ${orderKey ? "in order or not" : "fresh from the intake"}, and all of it when it is resumed`, async () => {
      const tenant = await installation.createTenant();
      const other = await installation.createTenant();
      const [endpoint, control] = await Promise.all([startEndpoint(), startEndpoint()]);
      const id = await tenant.createDestination({ url: endpoint.url, order_key: orderKey });
      const controlId = await other.createDestination({ url: control.url });
      await take(tenant, "suspend");
      const events = Array.from({ length: 5 }, (_, n) => tenant.event({ n, key: "a" }));
      await installation.accept([...events, other.event({})]);
      await eventually("they are recorded", async () => (await tenant.deliveries(id)).length === 5);
      // What came in with them is delivered, and so is what came in after them.
      await installation.accept([other.event({})]);
      await eventually("the other tenant's is delivered", async () => {
        const deliveries = await other.deliveries(controlId);
        return deliveries.length === 2 && deliveries.every(({ status }) => status === "delivered");
      });
      const waiting = await tenant.deliveries(id);
      assert.ok(
        waiting.every((row) => row.status === "pending" && row.attempts === 0 && row.lease_until === null),
      );
      assert.equal(endpoint.requests.length, 0);

      await take(tenant, "resume");
      await eventually("they are delivered", async () =>
        (await tenant.deliveries(id)).every(({ status }) => status === "delivered"),
      );
      assert.equal(endpoint.requests.length, 5);
    });
  }

  for (const orderKey of [null, "/key"]) {
    test(`gets nothing though the worker was not told, ${orderKey ? "claimed in order" : "leased while it is recorded"}`, async () => {
      const tenant = await installation.createTenant();
      const endpoint = await startEndpoint();
      const id = await tenant.createDestination({ url: endpoint.url, order_key: orderKey });
      const delivered = async (count: number) => {
        const rows = await tenant.deliveries(id);
        return rows.length === count && rows.every(({ status }) => status === "delivered");
      };
      await installation.accept([tenant.event({ key: "a" })]);
      await eventually("the worker knows the destination", () => delivered(1));
      const setStatus = (status: "active" | "suspended") =>
        withPlatform(installation.db.platform, (trx) =>
          trx.updateTable("tenants").set({ status }).where("id", "=", tenant.id).execute(),
        );
      await setStatus("suspended");
      const other = await installation.createTenant();
      const control = await startEndpoint();
      const controlId = await other.createDestination({ url: control.url });
      for (let n = 0; n < 3; n++) {
        await installation.accept([tenant.event({ n, key: "a" }), other.event({})]);
        await eventually("the other tenant's is delivered", async () => {
          const rows = await other.deliveries(controlId);
          return rows.length === n + 1 && rows.every(({ status }) => status === "delivered");
        });
      }
      assert.equal(endpoint.requests.length, 1);
      assert.equal((await tenant.deliveries(id)).length, 4);
      await setStatus("active");
      await eventually("they are delivered", () => delivered(4));
    });
  }

  test("gets back what was about to be sent: no attempt begins after the suspension is known", async () => {
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const { promise: held, resolve: letGo } = Promise.withResolvers<void>();
    endpoint.answer = (_, response) => void held.then(() => response.end());
    const id = await tenant.createDestination({ url: endpoint.url, max_in_flight: 1 });
    await installation.accept(Array.from({ length: 5 }, (_, n) => tenant.event({ n })));
    await eventually("one is under way, the others are in hand", async () => {
      const leased = (await tenant.deliveries(id)).filter(({ lease_until }) => lease_until !== null);
      return endpoint.requests.length === 1 && leased.length === 5;
    });
    await take(tenant, "suspend");
    await eventually("the others are handed back", async () => {
      const leased = (await tenant.deliveries(id)).filter(({ lease_until }) => lease_until !== null);
      return leased.length === 1;
    });
    letGo();
    await eventually("the one under way is delivered", async () =>
      (await tenant.deliveries(id)).some(({ status }) => status === "delivered"),
    );
    assert.equal(endpoint.requests.length, 1);
    await take(tenant, "resume");
    await eventually("the others are delivered", async () =>
      (await tenant.deliveries(id)).every(({ status }) => status === "delivered"),
    );
    assert.equal(endpoint.requests.length, 5);
  });
});
