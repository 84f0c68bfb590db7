import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId, withPlatform } from "@condo/schema";
import { recordEvent } from "./deliveries.ts";
import { startApp, type TestApp } from "./start-app.ts";

let api: TestApp;
before(async () => {
  api = await startApp();
});

suite("an event", () => {
  test("is found by another id that a sender was answered for it, in its own tenant alone", async () => {
    const [admin, stranger] = [await api.logIn(), await api.logIn()];
    const [id, alias] = [await recordEvent(api, admin), newId()];
    await withPlatform(api.db.platform, (trx) =>
      trx
        .insertInto("webhook_aliases")
        .values({ tenant_id: admin.tenantId, id: alias, event_id: id })
        .execute(),
    );
    for (const name of [id, alias]) {
      const found = await admin.call("GET", `/webhook-events/${name}`);
      assert.deepEqual([found.status, found.body.id], [200, id]);
      assert.equal((await stranger.call("GET", `/webhook-events/${name}`)).status, 404);
    }
    assert.equal((await admin.call("GET", `/webhook-events/${newId()}`)).status, 404);
  });
});
