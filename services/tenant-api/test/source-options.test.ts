import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { sourceOptionContext, withTenant } from "@condo/schema";
import { openText } from "@condo/secrets";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

suite("a secret among a source's options", () => {
  let app: TestApp;
  let caller: Caller;
  before(async () => {
    app = await startApp();
    caller = await app.logIn("tenant_admin");
  });

  let count = 0;
  async function create(config: object): Promise<string> {
    const { status, body } = await caller.call("POST", "/webhook-sources", {
      service_name: `meta-${count++}`,
      provider: "meta",
      secret: "the app secret",
      config,
    });
    assert.equal(status, 201);
    assert.deepEqual(body.config, {});
    return body.id;
  }

  async function change(id: string, given: object): Promise<object> {
    const { status, body } = await caller.call("PUT", `/webhook-sources/${id}`, given);
    assert.equal(status, 200, JSON.stringify(body));
    return body.config;
  }

  async function stored(id: string): Promise<unknown> {
    const { config } = await withTenant(app.db.app, caller.tenantId, (trx) =>
      trx.selectFrom("webhook_sources").select("config").where("id", "=", id).executeTakeFirstOrThrow(),
    );
    return config["verify_token"];
  }

  const opened = async (id: string): Promise<string> =>
    openText(app.sealer, String(await stored(id)), sourceOptionContext(id, "verify_token"));

  test("is stored sealed, and shown nowhere", async () => {
    const id = await create({ verify_token: "t0k3n-of-meta" });
    assert.doesNotMatch(String(await stored(id)), /t0k3n/);
    assert.equal(await opened(id), "t0k3n-of-meta");
    for (const path of [`/webhook-sources/${id}`, "/webhook-sources", "/audit-logs"]) {
      const { status, body } = await caller.call("GET", path);
      assert.equal(status, 200);
      assert.doesNotMatch(JSON.stringify(body), /t0k3n|sealed:/, path);
    }
  });

  test("stays when it is left out of a change, is replaced by another, and null takes it away", async () => {
    const id = await create({ verify_token: "first" });
    assert.deepEqual(await change(id, { config: {} }), {});
    assert.deepEqual(await change(id, { is_active: false }), {});
    assert.equal(await opened(id), "first");
    assert.deepEqual(await change(id, { config: { verify_token: "second" } }), {});
    assert.equal(await opened(id), "second");
    assert.deepEqual(await change(id, { config: { verify_token: null } }), {});
    assert.equal(await stored(id), undefined);
  });

  test("that the release before stored open is not shown either, and sealed with the next change", async () => {
    const id = await create({});
    await withTenant(app.db.app, caller.tenantId, (trx) =>
      trx
        .updateTable("webhook_sources")
        .set({ config: JSON.stringify({ verify_token: "0pen" }) })
        .where("id", "=", id)
        .execute(),
    );
    const { body } = await caller.call("GET", `/webhook-sources/${id}`);
    assert.deepEqual(body.config, {});
    await change(id, { is_active: true });
    assert.notEqual(await stored(id), "0pen");
    assert.equal(await opened(id), "0pen");
  });

  test("is no option that it can't be used with", async () => {
    const { status, body } = await caller.call("POST", "/webhook-sources", {
      service_name: "meta-bad",
      provider: "meta",
      secret: "the app secret",
      config: { verify_token: "two words" },
    });
    assert.deepEqual([status, body.errors[0].path], [422, "body.config.verify_token"]);
  });
});
