import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import {
  call,
  registerTenant,
  standardHeaders,
  standardSecret,
  startTestFleet,
  type TenantApi,
} from "@condo/e2e";
import type { Fleet } from "@condo/local/fleet";
import { eventually } from "@condo/testing";

suite("setting a source up", () => {
  let fleet: Fleet;
  let tenant: TenantApi;
  const secret = standardSecret();

  before(async () => {
    fleet = await startTestFleet();
    tenant = await registerTenant(fleet.origin);
  });

  const post = (url: string, body: string, headers: Record<string, string>) =>
    fetch(url, { method: "POST", body, headers: { "content-type": "application/json", ...headers } });

  test("its own URL takes webhooks, and can be replaced", async () => {
    const id = await tenant.createSource("orders", "standard-webhooks", secret);
    const { body: source } = await tenant.call("GET", `/webhook-sources/${id}`);
    const body = '{"type":"order.created"}';
    const accepted = await post(source.source_url, body, standardHeaders(secret, "msg_1", body));
    assert.equal(accepted.status, 202);
    const changed = await tenant.call("PUT", `/webhook-sources/${id}`, { rotate_source_key: true });
    assert.notEqual(changed.body.source_url, source.source_url);
    await eventually("the URL before is gone", async () => {
      return (await post(source.source_url, body, standardHeaders(secret, "msg_2", body))).status === 404;
    });
    const again = await post(changed.body.source_url, body, standardHeaders(secret, "msg_1", body));
    assert.deepEqual([again.status, ((await again.json()) as { status: string }).status], [202, "duplicate"]);
  });

  test("a sample goes the whole way, and what is refused is told", async () => {
    const id = await tenant.createSource("tried", "stripe", "whsec_tried");
    const tried = await tenant.call("POST", `/webhook-sources/${id}/test`);
    assert.deepEqual([tried.status, tried.body.status_code, tried.body.code], [200, 202, null]);
    await eventually("the sample is stored", async () => {
      const event = await tenant.call("GET", `/webhook-events/${tried.body.event_id}`);
      return event.status === 200 && event.body.event_type === "condo.test";
    });
    assert.equal((await tenant.post("tried", "{}", { "stripe-signature": "t=1,v1=00" })).status, 401);
    const rejections = await eventually("the rejection is told", async () => {
      const { body } = await tenant.call("GET", `/webhook-sources/${id}/rejections`);
      return body.items.length > 0 && body.items;
    });
    assert.equal(rejections[0].reason, "stale_timestamp");
    assert.equal(rejections[0].headers["stripe-signature"], "[redacted]");
    const { body: source } = await tenant.call("GET", `/webhook-sources/${id}`);
    assert.equal(source.last_rejected_reason, "stale_timestamp");
    assert.ok(source.last_received_at);
    const other = await registerTenant(fleet.origin);
    assert.equal((await other.call("GET", `/webhook-sources/${id}/rejections`)).status, 404);
    assert.equal((await other.call("POST", `/webhook-sources/${id}/test`)).status, 404);
  });

  test("with a public key there is nothing to sign a sample with", async () => {
    const key = Buffer.alloc(32, 7).toString("hex");
    const created = await tenant.call("POST", "/webhook-sources", {
      service_name: "public",
      provider: "ed25519",
      secret: key,
    });
    if (created.status !== 201) assert.fail(JSON.stringify(created.body));
    const tried = await tenant.call("POST", `/webhook-sources/${created.body.id}/test`);
    assert.deepEqual([tried.status, tried.body.code], [409, "unsignable"]);
  });

  test("only so many secrets, and only the platform takes what is others'", async () => {
    const id = await tenant.createSource("turning", "github", "first secret");
    const rotate = () => tenant.call("PUT", `/webhook-sources/${id}`, { secret: `secret ${Math.random()}` });
    for (let turn = 1; turn < 8; turn++) assert.equal((await rotate()).status, 200);
    const refused = await rotate();
    assert.deepEqual([refused.status, refused.body.code], [409, "too_many_secrets"]);
    const pointing = await tenant.call("PUT", `/webhook-sources/${id}`, { tenant_pointer: "/tenant_id" });
    assert.equal(pointing.status, 422);
  });

  test("many at once come through the gateway", async () => {
    const id = await tenant.createSource("many", "bearer", "a bearer token");
    const { body: source } = await tenant.call("GET", `/webhook-sources/${id}`);
    const lines = Array.from({ length: 2_000 }, (_, n) => JSON.stringify({ event_id: `n-${n}`, type: "n" }));
    const answer = await post(`${source.source_url}/bulk`, lines.join("\n"), {
      authorization: "Bearer a bearer token",
      "content-type": "application/x-ndjson",
    });
    assert.equal(answer.status, 207);
    const { results } = (await answer.json()) as { results: { id: string; status: string }[] };
    assert.equal(results.filter(({ status }) => status === "accepted").length, 2_000);
    await eventually("the last is stored", async () => {
      return (await tenant.call("GET", `/webhook-events/${results.at(-1)?.id}`)).status === 200;
    });
    assert.equal((await call(fleet.origin, "GET", "/api/v1/webhooks/health")).status, 200);
  });
});
