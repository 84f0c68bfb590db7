import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import {
  call,
  callHost,
  registerTenant,
  standardHeaders,
  standardSecret,
  startReceiver,
  startTestFleet,
} from "@condo/e2e";
import type { Receiver, TenantApi, TestFleet } from "@condo/e2e";
import { eventually } from "@condo/testing";
import { sign } from "@octokit/webhooks-methods";
import { Webhook } from "standardwebhooks";
import { Stripe } from "stripe";

const problemJson = "application/problem+json; charset=utf-8";

suite("the main job", () => {
  let fleet: TestFleet;
  let receiver: Receiver;
  let tenant: TenantApi;
  let destination: { id: string; secret: string };
  const stripeSecret = "whsec_test_of_stripe";
  const githubSecret = "It's a Secret to Everybody";
  const ordersSecret = standardSecret();
  const scrapeToken = `scrape-${randomUUID()}`;
  const collectorToken = `collect-${randomUUID()}`;

  before(async () => {
    const told = {
      METRICS_TOKEN: scrapeToken,
      // Nobody is there, which is told in the logs.
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:1",
      OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${collectorToken}`,
    };
    fleet = await startTestFleet({ LOG_LEVEL: "debug", ...told });
    receiver = await startReceiver();
    tenant = await registerTenant(fleet.origin);
    await tenant.createSource("stripe", "stripe", stripeSecret);
    await tenant.createSource("github", "github", githubSecret);
    await tenant.createSource("orders", "standard-webhooks", ordersSecret);
    destination = await tenant.createDestination(receiver.url);
  });

  function postOrder(id: string, body: string, at?: Date) {
    return tenant.post("orders", body, standardHeaders(ordersSecret, id, body, at));
  }

  async function eventCount(): Promise<number> {
    return (await tenant.call("GET", "/webhook-events?limit=100")).body.items.length;
  }

  test("a webhook signed by the sender's package reaches the destination byte for byte, and can be read", async () => {
    const stripeBody = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: "event",
      type: "invoice.paid",
      n: "ü\u0000",
    });
    const githubBody = JSON.stringify({ action: "opened", number: 7 });
    const ordersBody = `{ "type": "order.created",\t"spaced":   true }`;
    const signed: [service: string, body: string, headers: Record<string, string>, type: string][] = [
      [
        "stripe",
        stripeBody,
        {
          "stripe-signature": Stripe.webhooks.generateTestHeaderString({
            payload: stripeBody,
            secret: stripeSecret,
          }),
        },
        "invoice.paid",
      ],
      [
        "github",
        githubBody,
        {
          "x-hub-signature-256": await sign(githubSecret, githubBody),
          "x-github-event": "pull_request",
          "x-github-delivery": randomUUID(),
        },
        "pull_request.opened",
      ],
      [
        "orders",
        ordersBody,
        standardHeaders(ordersSecret, `msg_${randomUUID()}`, ordersBody),
        "order.created",
      ],
    ];
    for (const [service, body, headers, type] of signed) {
      const accepted = await tenant.post(service, body, headers);
      assert.equal(accepted.status, 202, `${service}: ${JSON.stringify(accepted.body)}`);
      assert.equal(accepted.body.status, "accepted");

      const delivered = await receiver.wait((request) => request.headers["webhook-id"] === accepted.body.id);
      assert.equal(delivered.body.toString("utf8"), body);
      assert.equal(delivered.headers["content-type"], "application/json");
      new Webhook(destination.secret).verify(
        delivered.body.toString("utf8"),
        delivered.headers as Record<string, string>,
      );

      const event = await tenant.call("GET", `/webhook-events/${accepted.body.id}`);
      assert.equal(event.status, 200);
      assert.equal(event.body.event_type, type);
      assert.equal(Buffer.from(event.body.body_base64, "base64").toString("utf8"), body);
      const kept = Object.keys(event.body.headers).filter((name) => /signature|auth/.test(name));
      assert.deepEqual(kept, []);

      const delivery = await eventually("the delivery is recorded", async () => {
        const list = await tenant.call(
          "GET",
          `/webhook-deliveries?event_id=${accepted.body.id}&status=delivered`,
        );
        return list.body.items[0];
      });
      const detail = await tenant.call("GET", `/webhook-deliveries/${delivery.id}`);
      assert.equal(detail.body.attempt_log.length, 1);
      assert.equal(detail.body.attempt_log[0].status_code, 200);
    }
  });

  test("a wrong signature, an old stamp or one changed byte is 401, and nothing is stored", async () => {
    const before = await eventCount();
    const body = '{"type":"order.created"}';
    const id = `msg_${randomUUID()}`;
    const good = standardHeaders(ordersSecret, id, body);
    const old = new Date(Date.now() - 301_000);
    const future = new Date(Date.now() + 310_000);
    const refused = [
      await tenant.post("orders", body, standardHeaders(standardSecret(), id, body)),
      await tenant.post("orders", body.replace("o", "0"), good),
      await postOrder(id, body, old),
      await postOrder(id, body, future),
      await tenant.post("orders", body, {}),
    ];
    const codes = ["wrong_signature", "wrong_signature", "stale_timestamp", "future_timestamp"];
    for (const [index, answer] of refused.entries()) {
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("content-type"), problemJson);
      if (codes[index]) assert.equal(answer.body.code, codes[index]);
    }
    // The key was not remembered for any of them: the real one is still new.
    const accepted = await tenant.post("orders", body, good);
    assert.deepEqual([accepted.status, accepted.body.status], [202, "accepted"]);
    await receiver.wait((request) => request.headers["webhook-id"] === accepted.body.id);
    assert.equal(await eventCount(), before + 1);
  });

  test("an unknown service is 404, a body that is too large 413", async () => {
    const body = "{}";
    const unknown = await tenant.post("nothing", body, standardHeaders(ordersSecret, "m", body));
    assert.deepEqual([unknown.status, unknown.body.code], [404, "unknown_source"]);
    const noTenant = await call(
      fleet.origin,
      "POST",
      "/api/v1/webhooks/orders",
      {},
      { "x-tenant-id": "nobody-at-all" },
    );
    assert.equal(noTenant.status, 404);
    const large = await tenant.post("orders", Buffer.alloc(25 * 1024 * 1024 + 1, 32), {});
    assert.deepEqual([large.status, large.body.code], [413, "body_too_large"]);
  });

  test("the same event twice is 202 both times, a duplicate the second, and delivered once", async () => {
    const id = `msg_${randomUUID()}`;
    const body = '{"type":"order.paid"}';
    const first = await postOrder(id, body);
    const again = await Promise.all(Array.from({ length: 5 }, () => postOrder(id, body)));
    assert.deepEqual([first.status, first.body.status], [202, "accepted"]);
    for (const answer of again) {
      assert.deepEqual([answer.status, answer.body], [202, { id: first.body.id, status: "duplicate" }]);
    }
    await receiver.wait((request) => request.headers["webhook-id"] === first.body.id);
    // What comes after it in the same stream has overtaken nothing: a second delivery would have come before.
    const after = await postOrder(`msg_${randomUUID()}`, body);
    await receiver.wait((request) => request.headers["webhook-id"] === after.body.id);
    const deliveries = await tenant.call("GET", `/webhook-deliveries?event_id=${first.body.id}`);
    assert.equal(deliveries.body.items.length, 1);
    assert.equal(
      receiver.received.filter((request) => request.headers["webhook-id"] === first.body.id).length,
      1,
    );
  });

  test("another tenant sees none of it, by any id, header or subdomain", async () => {
    const other = await registerTenant(fleet.origin);
    const { body: events } = await tenant.call("GET", "/webhook-events");
    const { body: deliveries } = await tenant.call("GET", "/webhook-deliveries");
    const { body: sources } = await tenant.call("GET", "/webhook-sources");
    const paths = [
      `/webhook-events/${events.items[0].id}`,
      `/webhook-deliveries/${deliveries.items[0].id}`,
      `/dead-letters/${deliveries.items[0].id}`,
      `/webhook-sources/${sources.items[0].id}`,
      `/webhook-destinations/${destination.id}`,
      `/tenants/${tenant.tenantId}`,
    ];
    for (const path of paths) assert.equal((await other.call("GET", path)).status, 404, path);
    for (const path of paths.slice(3)) assert.equal((await other.call("PUT", path, {})).status, 404, path);
    for (const path of paths.slice(3, 5)) assert.equal((await other.call("DELETE", path)).status, 404, path);
    for (const list of [
      "/webhook-events",
      "/webhook-deliveries",
      "/webhook-sources",
      "/webhook-destinations",
    ]) {
      assert.deepEqual((await other.call("GET", list)).body.items, [], list);
      for (const reference of [tenant.slug, tenant.tenantId]) {
        const forged = await other.call("GET", list, undefined, { "x-tenant-id": reference });
        assert.deepEqual([forged.status, forged.body.code], [403, "tenant_mismatch"], list);
      }
      const subdomain = await callHost(fleet.origin, `${tenant.slug}.localhost`, "GET", `/api/v1${list}`, {
        authorization: `Bearer ${other.accessToken}`,
      });
      assert.deepEqual([subdomain.status, subdomain.body.code], [403, "tenant_mismatch"], list);
    }
    assert.equal((await tenant.call("GET", `/webhook-destinations/${destination.id}`)).status, 200);

    // The same service name and message id are another event there.
    const secret = standardSecret();
    await other.createSource("orders", "standard-webhooks", secret);
    const body = '{"type":"order.created"}';
    const id = `msg_${randomUUID()}`;
    const mine = await postOrder(id, body);
    const theirs = await other.post("orders", body, standardHeaders(secret, id, body));
    assert.deepEqual([mine.body.status, theirs.body.status], ["accepted", "accepted"]);
    assert.notEqual(mine.body.id, theirs.body.id);
    const wrongSecret = await other.post("orders", body, standardHeaders(ordersSecret, `${id}x`, body));
    assert.equal(wrongSecret.status, 401);
  });

  test("a changed or deleted source shows at the intake", async () => {
    const secret = standardSecret();
    const id = await tenant.createSource("changing", "standard-webhooks", secret);
    const body = "{}";
    const post = (key: string) =>
      tenant.post("changing", body, standardHeaders(key, `msg_${randomUUID()}`, body));
    assert.equal((await post(secret)).status, 202);
    const rotated = standardSecret();
    await tenant.call("PUT", `/webhook-sources/${id}`, { secret: rotated, secret_overlap_seconds: 0 });
    await eventually("the new secret verifies", async () => (await post(rotated)).status === 202);
    assert.equal((await post(secret)).status, 401);
    await tenant.call("DELETE", `/webhook-sources/${id}`);
    await eventually("the source is gone", async () => (await post(rotated)).status === 404);
  });

  test("after logout the token is refused by every service; a refresh token is good once", async () => {
    const login = await call(fleet.origin, "POST", "/api/v1/auth/login", {
      email: tenant.email,
      password: tenant.password,
      tenant_slug: tenant.slug,
    });
    const headers = { authorization: `Bearer ${login.body.access_token}` };
    const refreshed = await call(fleet.origin, "POST", "/api/v1/auth/refresh", {
      refresh_token: login.body.refresh_token,
    });
    assert.equal(refreshed.status, 200);
    assert.notEqual(refreshed.body.refresh_token, login.body.refresh_token);
    assert.equal(
      (await call(fleet.origin, "GET", "/api/v1/auth/me", undefined, headers)).body.email,
      tenant.email,
    );
    assert.equal((await call(fleet.origin, "POST", "/api/v1/auth/logout", undefined, headers)).status, 200);
    for (const path of ["/api/v1/auth/me", "/api/v1/tenants/current"]) {
      const refused = await call(fleet.origin, "GET", path, undefined, headers);
      assert.deepEqual([refused.status, refused.body.code], [401, "session_ended"], path);
      assert.equal(refused.headers.get("www-authenticate"), "Bearer");
    }
    const dead = await call(fleet.origin, "POST", "/api/v1/auth/refresh", {
      refresh_token: refreshed.body.refresh_token,
    });
    assert.equal(dead.status, 401);
  });

  test("health tells of every service, both engines, durability, and to members of the lag and the workers", async () => {
    const open = await call(fleet.origin, "GET", "/health");
    assert.equal(open.status, 200);
    assert.deepEqual(open.body, {
      status: "ok",
      services: { "tenant-api": "ok", "identity-api": "ok", "webhook-ingest": "ok", worker: "ok" },
      engines: { postgres: "ok", redis: "ok" },
      acknowledgement: { durable: true, mode: "fsync_always" },
    });
    const { body } = await call(fleet.origin, "GET", "/health", undefined, {
      authorization: `Bearer ${tenant.accessToken}`,
    });
    assert.equal(typeof body.intake.entries, "number");
    assert.equal(body.workers.filter((worker: { alive: boolean }) => worker.alive).length, 1);
    assert.equal((await call(fleet.origin, "GET", "/api/v1/webhooks/health")).body.durable, true);
    for (const hidden of ["/metrics", "/health/live", "/health/ready"]) {
      assert.equal((await call(fleet.origin, "GET", hidden)).status, 404, hidden);
    }
  });

  test("one OpenAPI document describes the whole API", async () => {
    const { status, body } = await call(fleet.origin, "GET", "/openapi.json");
    assert.equal(status, 200);
    assert.match(body.openapi, /^3\.1\./);
    for (const path of [
      "/api/v1/auth/login",
      "/api/v1/webhook-sources",
      "/api/v1/webhooks/{service_name}",
      "/health",
    ]) {
      assert.ok(
        Object.keys(body.paths).some((known) => known.replace(/\/$/, "") === path),
        path,
      );
    }
    assert.equal((await call(fleet.origin, "GET", "/docs")).status, 200);
  });

  test("the logs name request, tenant and user, and hold no secret", async () => {
    const id = `msg_${randomUUID()}`;
    const body = '{"type":"order.logged"}';
    const headers = standardHeaders(ordersSecret, id, body);
    assert.equal((await tenant.post("orders", body, headers)).status, 202);
    const requestId = randomUUID();
    const asked = await tenant.call("GET", "/webhook-sources", undefined, { "x-request-id": requestId });
    assert.equal(asked.headers.get("x-request-id"), requestId);
    const line = await eventually("the request is logged", async () =>
      fleet
        .logs()
        .split("\n")
        .find((text) => text.includes(requestId)),
    );
    const { request_id, tenant_id, user_id, status } = JSON.parse(line);
    assert.deepEqual([request_id, tenant_id, status], [requestId, tenant.tenantId, 200]);
    assert.match(user_id, /^[0-9a-f-]{36}$/);

    const scrape = await fetch(`${fleet.services.worker.url}/metrics`, {
      headers: { authorization: `Bearer ${scrapeToken}`, "x-forwarded-for": "203.0.113.9" },
    });
    assert.equal(scrape.status, 200);
    await eventually("a trace could not be sent", async () => fleet.logs().includes("trac"));

    const secrets = {
      password: tenant.password,
      "access token": tenant.accessToken,
      "refresh token": tenant.refreshToken,
      "destination's secret": destination.secret,
      "Stripe's secret": stripeSecret,
      "GitHub's secret": githubSecret,
      "source's secret": ordersSecret,
      signature: headers["webhook-signature"],
      "token of Prometheus": scrapeToken,
      "token of the collector": collectorToken,
    };
    const logs = fleet.logs();
    for (const [name, secret] of Object.entries(secrets)) {
      assert.ok(secret && !logs.includes(secret), `the logs hold the ${name}`);
    }
  });
});
