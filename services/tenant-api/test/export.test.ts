import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import { newId, withTenant } from "@condo/schema";
import { exportTenant } from "@condo/tenancy";
import { atEnd } from "@condo/testing";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

const run = promisify(execFile);

interface Manifest {
  tenant: { id: string };
  tables: { name: string; rows: number; files: string[]; left_out: string[] }[];
}

let service: TestApp;
let operator: Caller;
before(async () => {
  service = await startApp();
  operator = await service.logInOperator();
});

/** Unpacks an archive with the system's own tar. */
async function unpack(
  archive: Buffer,
): Promise<{ manifest: Manifest; text: (name: string) => Promise<string>; files: string[] }> {
  const dir = await mkdtemp(join(tmpdir(), "condo-export-"));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  await writeFile(join(dir, "archive.tar.gz"), archive);
  await run("tar", ["-xzf", "archive.tar.gz"], { cwd: dir });
  await rm(join(dir, "archive.tar.gz"));
  const text = (name: string) => readFile(join(dir, name), "utf8");
  return { manifest: JSON.parse(await text("manifest.json")) as Manifest, text, files: await readdir(dir) };
}

async function download(caller: Caller, path: string): Promise<Buffer> {
  const answer = await service.app.inject({
    method: "POST",
    url: `/api/v1${path}`,
    headers: { authorization: `Bearer ${caller.token}` },
  });
  assert.equal(answer.statusCode, 200, answer.body.slice(0, 200));
  assert.equal(answer.headers["content-type"], "application/gzip");
  assert.match(String(answer.headers["content-disposition"]), /^attachment; filename="[\w-]+\.tar\.gz"$/);
  return answer.rawPayload;
}

async function insertEvents(tenantId: string, bodies: Buffer[]): Promise<string[]> {
  const ids = bodies.map(() => newId());
  await withTenant(service.db.app, tenantId, async (trx) => {
    for (const [index, body] of bodies.entries()) {
      await trx
        .insertInto("webhook_events")
        .values({
          id: ids[index] ?? "",
          tenant_id: tenantId,
          source_id: null,
          service_name: "orders",
          event_type: "order.created",
          sender_event_id: null,
          content_type: "application/json",
          headers: JSON.stringify({ "x-kept": "yes" }),
          body,
          received_at: new Date(),
        })
        .execute();
    }
  });
  return ids;
}

suite("an export", () => {
  test("has everything of the tenant, nothing of another, and no secret", async () => {
    const [admin, other] = [await service.logIn(), await service.logIn()];
    for (const caller of [admin, other]) {
      const mark = caller.tenantId.slice(-12);
      const secret = `sekret-${mark}-sekret`;
      const source = await caller.call("POST", "/webhook-sources", {
        service_name: `s-${mark}`,
        provider: "hmac",
        secret,
      });
      assert.equal(source.status, 201);
      const destination = await caller.call("POST", "/webhook-destinations", {
        name: `d-${mark}`,
        url: "https://example.com/",
        headers: { authorization: secret },
      });
      assert.equal(destination.status, 201);
      await service.db.platform
        .updateTable("users")
        .set({ password_hash: `$argon2id$${secret}` })
        .where("id", "=", caller.userId)
        .execute();
    }
    const bodies = [Buffer.from([0, 255, 1]), Buffer.from('{"n":1}'), Buffer.alloc(5_000_000, "x")];
    const ids = await insertEvents(admin.tenantId, bodies);
    const { manifest, text, files } = await unpack(await download(admin, "/tenants/current/exports"));
    assert.equal(manifest.tenant.id, admin.tenantId);
    const all = new Map<string, Record<string, unknown>[]>();
    for (const { name, rows, files: own } of manifest.tables) {
      const lines = (await Promise.all(own.map(text))).join("").split("\n").filter(Boolean);
      assert.equal(lines.length, rows, name);
      all.set(
        name,
        lines.map((line) => JSON.parse(line) as Record<string, unknown>),
      );
    }
    assert.deepEqual(
      new Set(files),
      new Set(["manifest.json", ...manifest.tables.flatMap(({ files: own }) => own)]),
    );
    for (const name of [
      "tenants",
      "users",
      "webhook_sources",
      "webhook_destinations",
      "sessions",
      "audit_logs",
    ]) {
      assert.ok((all.get(name)?.length ?? 0) > 0, name);
    }
    const events = all.get("webhook_events") ?? [];
    assert.deepEqual(
      events.map(({ id }) => id),
      ids.toSorted(),
    );
    for (const [index, { body_base64: body, headers }] of events.entries()) {
      assert.ok(
        Buffer.from(String(body), "base64").equals(
          bodies[ids.indexOf(ids.toSorted()[index] ?? "")] ?? Buffer.alloc(0),
        ),
      );
      assert.deepEqual(headers, { "x-kept": "yes" });
    }
    const whole = [...all].map(([, rows]) => JSON.stringify(rows)).join("");
    assert.ok(!whole.includes(other.tenantId), "another tenant's row");
    assert.ok(!whole.includes("sekret-"), "a secret");
    assert.ok(!whole.includes("argon2"), "a hash");
    for (const [name, rows] of all) {
      for (const column of Object.keys(rows[0] ?? {}))
        assert.doesNotMatch(column, /sealed|hash|password/, name);
    }
    const users = manifest.tables.find(({ name }) => name === "users");
    assert.ok(users?.left_out.includes("password_hash"));
    const actions = await withTenant(service.db.app, admin.tenantId, (trx) =>
      trx.selectFrom("audit_logs").select("action").where("action", "=", "tenant.exported").execute(),
    );
    assert.equal(actions.length, 1);
  });

  test("is read as it is taken: what is far behind is not in memory yet", async () => {
    const admin = await service.logIn();
    const ids = await insertEvents(
      admin.tenantId,
      Array.from({ length: 30 }, () => Buffer.alloc(1_000_000, "x")),
    );
    const tenant = await service.db.platform
      .selectFrom("tenants")
      .selectAll()
      .where("id", "=", admin.tenantId)
      .executeTakeFirstOrThrow();
    const archive = exportTenant((question) => withTenant(service.db.app, tenant.id, question), tenant);
    const found = new Set<string>();
    for await (const chunk of archive) {
      for (const id of ids) if (chunk.includes(id)) found.add(id);
      if (!found.has(ids[0] ?? "") || found.size > 12) continue;
      await withTenant(service.db.app, tenant.id, (trx) =>
        trx.deleteFrom("webhook_events").where("id", "in", ids.slice(12)).execute(),
      );
    }
    assert.ok(found.size >= 12 && found.size <= 14, `${found.size} events`);
  });

  test("ends with the session of whoever takes it", async () => {
    const admin = await service.logIn();
    await insertEvents(
      admin.tenantId,
      Array.from({ length: 24 }, () => randomBytes(1_000_000)),
    );
    await service.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = service.app.server.address() as AddressInfo;
    const sent = httpRequest({
      port,
      host: "127.0.0.1",
      method: "POST",
      path: "/api/v1/tenants/current/exports",
      headers: { authorization: `Bearer ${admin.token}` },
    }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    await once(answer, "readable");
    assert.equal((await admin.call("POST", "/tenants/current/exports")).body.code, "export_under_way");
    await operator.call("PUT", `/tenants/${admin.tenantId}`, { status: "suspended" });
    await assert.rejects(async () => {
      for await (const chunk of answer) void chunk;
    }, /aborted/);
    // For operators it can be had all the same, and once more.
    await download(operator, `/tenants/${admin.tenantId}/exports`);
  });

  test("is for admins of the tenant and for operators", async () => {
    const [admin, other] = [await service.logIn(), await service.logIn()];
    const user = await service.logIn("user", admin);
    assert.equal((await user.call("POST", "/tenants/current/exports")).status, 403);
    assert.equal((await other.call("POST", `/tenants/${admin.tenantId}/exports`)).status, 404);
    const { manifest } = await unpack(await download(operator, `/tenants/${admin.tenantId}/exports`));
    assert.equal(manifest.tenant.id, admin.tenantId);
  });
});
