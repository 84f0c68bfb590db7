import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { before, suite, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { decodeEntry, intakeStreamOf, sourceHealth, sourceRejections } from "@condo/intake";
import { platformTenant, withPlatform, withTenant } from "@condo/schema";
import { createTestTenant, eventually, proveTestDomain } from "@condo/testing";
import { post, signature, startIngest, type Answer, type TestSource } from "./ingest.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
let source: TestSource;

before(async () => {
  ingest = await startIngest({ MAX_WEBHOOK_BYTES: "100000" });
  source = await ingest.createSource();
});

function send(to: TestSource, body: string | Buffer, headers: Record<string, string> = {}): Promise<Answer> {
  const signed = signature(to.secret, body);
  return post(`${ingest.origin}/api/v1/webhooks/${to.service}`, body, {
    "x-tenant-id": to.slug,
    ...signed,
    ...headers,
  });
}

async function stored(id: string) {
  const entries = await ingest.redis.xrangeBuffer(intakeStreamOf(0), "-", "+");
  const events = entries.map(([, fields]) => decodeEntry(fields[1], fields[3]));
  return events.find((event) => event.id === id);
}

suite("what is taken", () => {
  test("bytes of any content type, exactly", async () => {
    const bodies: [string, Buffer][] = [
      ["application/json", Buffer.from(`{"a" : 1,\t"__proto__":{"x":1}}`)],
      ["application/x-www-form-urlencoded", Buffer.from("a=1&b=%00")],
      ["text/plain", Buffer.from("hello \uFEFF")],
      ["application/octet-stream", randomBytes(5_000)],
      ["", Buffer.from("no type")],
    ];
    for (const [type, body] of bodies) {
      const answer = await send(source, body, { "content-type": type });
      assert.equal(answer.status, 202, type);
      const event = await stored(answer.body.id);
      assert.deepEqual(event?.body, body, type);
    }
  });

  test("gzip, deflate and br, signed as sent or as they unpack", async () => {
    const body = Buffer.from(JSON.stringify({ type: "packed", text: "x".repeat(1_000), id: randomUUID() }));
    for (const [coding, packed] of [
      ["gzip", gzipSync(body)],
      ["deflate", deflateSync(body)],
      ["br", brotliCompressSync(body)],
    ] as const) {
      const asSent = await send(source, packed, { "content-encoding": coding });
      assert.equal(asSent.status, 202, coding);
      const inside = await send(source, packed, {
        "content-encoding": coding,
        ...signature(source.secret, body),
      });
      assert.deepEqual(
        [inside.status, inside.body],
        [202, { id: asSent.body.id, status: "duplicate" }],
        coding,
      );
    }
    const events = await ingest.redis.xlen(intakeStreamOf(0));
    const last = await send(source, body);
    assert.equal(last.body.status, "duplicate", "what it unpacks to is the event");
    assert.equal(await ingest.redis.xlen(intakeStreamOf(0)), events);
    assert.deepEqual((await stored(last.body.id))?.body, body);
    assert.equal((await stored(last.body.id))?.headers["content-encoding"], undefined);
  });

  test("a bomb, a lie and an unknown coding are refused", async () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    const cases: [Buffer, string, number, string][] = [
      [bomb, "gzip", 413, "body_too_large"],
      [Buffer.from("not gzip at all"), "gzip", 400, "malformed_encoding"],
      [gzipSync("cut off").subarray(0, 12), "gzip", 400, "malformed_encoding"],
      [Buffer.from("{}"), "zstd", 415, "unsupported_encoding"],
      [Buffer.from("{}"), "gzip, gzip", 415, "unsupported_encoding"],
      [Buffer.from("{}"), "__proto__", 415, "unsupported_encoding"],
    ];
    for (const [body, coding, status, code] of cases) {
      const answer = await send(source, body, { "content-encoding": coding });
      assert.deepEqual([answer.status, answer.body.code], [status, code], coding);
    }
    // Of a stranger nothing is unpacked that counts.
    const strange = await send(source, bomb, { "content-encoding": "gzip", "x-signature": "00".repeat(32) });
    assert.ok([401, 413].includes(strange.status));
  });
});

suite("whose it is", () => {
  test("the source's own URL names the tenant", async () => {
    const body = '{"type":"keyed"}';
    const url = `${ingest.origin}/api/v1/webhooks/${source.service}/${source.key}`;
    const answer = await post(url, body, signature(source.secret, body));
    assert.equal(answer.status, 202);
    assert.equal((await stored(answer.body.id))?.tenantId, source.tenantId);
    const other = await ingest.createSource();
    const wrong = [
      `${ingest.origin}/api/v1/webhooks/${other.service}/${source.key}`,
      `${ingest.origin}/api/v1/webhooks/${source.service}/${"0".repeat(64)}`,
      `${ingest.origin}/api/v1/webhooks/${source.service}/x`,
    ];
    for (const bad of wrong) {
      const refused = await post(bad, body, signature(source.secret, body));
      assert.deepEqual([refused.status, refused.body.code], [404, "unknown_source"], bad);
    }
    for (const noKey of ["x", "", source.key.toUpperCase()]) {
      const at = `${ingest.origin}/api/v1/webhooks/${source.service}/${noKey}/`;
      const headers = { ...signature(source.secret, body), "x-tenant-id": source.slug };
      assert.equal(
        (await post(at, body, headers)).status,
        404,
        `${noKey} names no tenant that could disagree`,
      );
    }
    const disagreeing = await post(url, body, {
      ...signature(source.secret, body),
      "x-tenant-id": other.slug,
    });
    assert.equal(disagreeing.status, 403);
  });

  test("a subdomain and a domain of its own name the tenant", async () => {
    const domain = `hooks.${source.slug}.test`;
    await withTenant(ingest.db.app, source.tenantId, (trx) =>
      trx.updateTable("tenants").set({ domain }).where("id", "=", source.tenantId).execute(),
    );
    const body = '{"type":"hosted"}';
    const unproven = await postAs(domain, source.service, body, signature(source.secret, body));
    assert.equal(unproven.status, 404, "a domain stands for nobody before it is proven");
    await proveTestDomain(ingest.db.app, source.tenantId, domain);
    await eventually("the proof shows", async () => {
      const sent = await postAs(domain, source.service, body, signature(source.secret, body));
      return sent.status === 202;
    });
    for (const host of [domain, `${domain}:8080`, `${source.slug}.condo.example`, domain.toUpperCase()]) {
      assert.equal(
        (await postAs(host, source.service, body, signature(source.secret, body))).status,
        202,
        host,
      );
    }
    const stranger = await postAs("nobody.test", source.service, body, signature(source.secret, body));
    assert.equal(stranger.status, 404);
    const other = await createTestTenant(ingest.db.app);
    const mixed = await postAs(domain, source.service, body, {
      ...signature(source.secret, body),
      "x-tenant-id": other.slug,
    });
    assert.equal(mixed.status, 403);
    // A name that an operator gave the service is nobody's.
    const named = await postAs("webhook-ingest.condo.svc", source.service, body, {
      ...signature(source.secret, body),
      "x-tenant-id": source.slug,
    });
    assert.equal(named.status, 202);
  });

  test("of a service of the whole platform, the payload names the tenant", async () => {
    await withPlatform(ingest.db.platform, (trx) =>
      trx
        .insertInto("tenants")
        .values({ ...platformTenant, domain: null })
        .onConflict((conflict) => conflict.doNothing())
        .execute(),
    );
    const shared = await ingest.createSource({
      tenant: platformTenant,
      tenantPointer: "/data/tenant_id",
    });
    const member = await ingest.createSource({ service: shared.service });
    const url = `${ingest.origin}/api/v1/webhooks/${shared.service}`;
    for (const reference of [member.tenantId, member.slug]) {
      const body = JSON.stringify({ data: { tenant_id: reference }, n: reference });
      const answer = await post(url, body, signature(shared.secret, body));
      assert.equal(answer.status, 202);
      const event = await stored(answer.body.id);
      assert.deepEqual([event?.tenantId, event?.sourceId], [member.tenantId, member.sourceId]);
      assert.equal(
        (await post(url, body, signature(member.secret, body))).status,
        401,
        "not by its own secret",
      );
    }
    const bad: [string, number, string][] = [
      ["{}", 422, "tenant_unreadable"],
      ["not json", 422, "tenant_unreadable"],
      ['{"data":{"tenant_id":7}}', 422, "tenant_unreadable"],
      [JSON.stringify({ data: { tenant_id: source.slug } }), 404, "unknown_source"],
      [JSON.stringify({ data: { tenant_id: platformTenant.id } }), 404, "unknown_source"],
    ];
    for (const [body, status, code] of bad) {
      const answer = await post(url, body, signature(shared.secret, body));
      assert.deepEqual([answer.status, answer.body.code], [status, code], body);
    }
  });
});

function postAs(
  host: string,
  service: string,
  body: string,
  headers: Record<string, string>,
): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      {
        host: "127.0.0.1",
        port: ingest.port,
        method: "POST",
        path: `/api/v1/webhooks/${service}`,
        headers: { ...headers, host, "content-length": Buffer.byteLength(body) },
      },
      (response) => {
        response.resume().on("end", () => resolve({ status: response.statusCode ?? 0 }));
      },
    );
    sent.on("error", reject).end(body);
  });
}

suite("secrets over time", () => {
  const config = {
    template: "{timestamp}.{body}",
    timestamp_header: "x-stamp",
    tolerance_seconds: 600,
  };

  test("the secret of the moment that the sender stamped verifies", async () => {
    const changedAt = Date.now() - 60_000;
    const rotated = await ingest.createSource({
      config,
      secrets: [
        { secret: "the old one", validFrom: new Date(0), expiresAt: new Date(changedAt) },
        { secret: "the new one", validFrom: new Date(changedAt) },
        { secret: "a later one", validFrom: new Date(Date.now() + 3_600_000) },
      ],
    });
    const at = async (secret: string, ageMs: number) => {
      const stamp = String(Math.floor((Date.now() - ageMs) / 1000));
      const body = JSON.stringify({ n: randomUUID() });
      const { status } = await send(rotated, body, {
        "x-stamp": stamp,
        ...signature(secret, `${stamp}.${body}`),
      });
      return status;
    };
    assert.equal(await at("the old one", 120_000), 202, "it was still valid then");
    assert.equal(await at("the old one", 1_000), 401);
    assert.equal(await at("the new one", 1_000), 202);
    assert.equal(await at("a later one", 1_000), 401);
  });

  test("without a signed stamp, the moment of arrival decides", async () => {
    const rotated = await ingest.createSource({
      secrets: [
        { secret: "the old one", validFrom: new Date(0), expiresAt: new Date(Date.now() - 1_000) },
        { secret: "the new one" },
      ],
    });
    const body = "{}";
    assert.equal((await send(rotated, body, signature("the old one", body))).status, 401);
    assert.equal((await send(rotated, body, signature("the new one", body))).status, 202);
  });
});

suite("what is told of refusals", () => {
  test("a source keeps when it was last heard of, and its rejected requests without their secrets", async () => {
    const seen = await ingest.createSource();
    const body = '{"hidden":"in the hash alone"}';
    const refused = await post(
      `${ingest.origin}/api/v1/webhooks/${seen.service}/${seen.key}?token=private`,
      body,
      {
        "x-signature": "00".repeat(32),
        "x-visible": "yes",
        "x-original-url": `/api/v1/webhooks/${seen.service}/${seen.key}`,
      },
    );
    assert.equal(refused.status, 401);
    assert.equal((await send(seen, body)).status, 202);
    const health = await eventually("the journal is written", async () => {
      const found = await sourceHealth(ingest.redis, seen.sourceId);
      return found.lastRejectedAt && found.lastReceivedAt && found;
    });
    assert.equal(health.lastRejectedReason, "wrong_signature");
    const [rejection, ...others] = await sourceRejections(ingest.redis, seen.sourceId);
    assert.equal(others.length, 0);
    assert.ok(rejection);
    assert.deepEqual(
      [rejection.reason, rejection.status, rejection.body_bytes, rejection.headers["x-visible"]],
      ["wrong_signature", 401, body.length, "yes"],
    );
    assert.equal(rejection.headers["x-signature"], "[redacted]");
    // Some senders sign the URL: whoever looks for what is wrong has to see under which name they came.
    assert.equal(rejection.headers["host"], new URL(ingest.origin).host);
    for (const secret of ["hidden", "private", seen.key]) {
      assert.ok(!JSON.stringify(rejection).includes(secret), secret);
    }
  });

  test("the last 50 are kept", async () => {
    const seen = await ingest.createSource();
    await Promise.all(Array.from({ length: 70 }, () => send(seen, "{}", { "x-signature": "00" })));
    await eventually("50 are kept", async () => {
      return (await sourceRejections(ingest.redis, seen.sourceId)).length === 50;
    });
  });
});
