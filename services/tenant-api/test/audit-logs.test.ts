import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import {
  audit,
  chainAuditRows,
  connect,
  newId,
  withPlatform,
  withTenant,
  type AuditEntry,
  type Db,
} from "@condo/schema";
import { eventually } from "@condo/testing";
import { sql } from "kysely";
import { csvLine } from "../src/csv-line.ts";
import { startApp, type Caller, type TestApp } from "./start-app.ts";

let started: TestApp;
before(async () => {
  started = await startApp();
});

interface Entry {
  id: string;
  action: string;
  actor_id: string | null;
  subject_id: string | null;
  sequence: number | null;
  created_at: string;
  after: unknown;
}

function record(caller: Caller, entry: Partial<AuditEntry> & { requestId?: string }): Promise<void> {
  const { requestId = null, ...given } = entry;
  return withTenant(started.db.app, caller.tenantId, (trx) =>
    audit(trx, {
      tenantId: caller.tenantId,
      actor: { type: "user", id: caller.userId, requestId, address: "10.1.2.3" },
      action: "thing.changed",
      subjectType: "thing",
      subjectId: null,
      ...given,
    }),
  );
}

/** Many rows at once, as years of use leave them. */
async function fill(caller: Caller, count: number, after: object = {}): Promise<void> {
  await withTenant(started.db.app, caller.tenantId, (trx) =>
    sql`
      insert into audit_logs (id, tenant_id, actor_type, action, subject_type, after)
      select uuidv7(), ${caller.tenantId}, 'service', 'row.written', 'row',
        ${JSON.stringify(after)}::jsonb || jsonb_build_object('number', number)
      from generate_series(1, ${count}::integer) number
    `.execute(trx),
  );
}

async function asSuperuser(fn: (db: Db) => Promise<unknown>): Promise<void> {
  const db = connect(started.db.superuserUrl, { poolSize: 1 });
  try {
    await fn(db);
  } finally {
    await db.destroy();
  }
}

async function listAll(caller: Caller, query: string, limit = 2): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const page = await caller.call(
      "GET",
      `/audit-logs?limit=${limit}&${query}${cursor ? `&cursor=${cursor}` : ""}`,
    );
    assert.equal(page.status, 200, JSON.stringify(page.body));
    entries.push(...(page.body.items as Entry[]));
    cursor = page.body.next_cursor as string | null;
  } while (cursor);
  return entries;
}

suite("GET /audit-logs", () => {
  test("pages through a tenant's entries, newest first, and shows nobody else's", async () => {
    const [caller, other] = [await started.logIn(), await started.logIn()];
    for (let turn = 0; turn < 5; turn++) await record(caller, { action: `a.${turn}` });
    await record(other, { action: "b" });
    const entries = await listAll(caller, "");
    assert.deepEqual(
      entries.map((entry) => entry.action),
      ["a.4", "a.3", "a.2", "a.1", "a.0"],
    );
    assert.equal(entries[0]?.actor_id, caller.userId);
    assert.equal(entries[0].sequence, null);
    await withPlatform(started.db.platform, (trx) => chainAuditRows(trx, caller.tenantId));
    assert.deepEqual(
      (await listAll(caller, "")).map((entry) => entry.sequence),
      [5, 4, 3, 2, 1],
    );
  });

  test("takes each filter, and all of them together", async () => {
    const caller = await started.logIn();
    const [subject, somebody] = [newId(), newId()];
    await record(caller, { action: "user.created", subjectType: "user", subjectId: subject });
    await record(caller, { action: "user.deleted", subjectType: "user", requestId: "r-1" });
    await record(caller, {
      action: "user_role.created",
      actor: { type: "key", id: somebody, requestId: "r-2", address: null },
    });
    const actions = async (query: string) => (await listAll(caller, query)).map((entry) => entry.action);
    assert.deepEqual(await actions("action=user."), ["user.deleted", "user.created"]);
    assert.deepEqual(await actions("action=%25"), []);
    assert.deepEqual(await actions(`actor_id=${somebody}`), ["user_role.created"]);
    assert.deepEqual(await actions("subject_type=user"), ["user.deleted", "user.created"]);
    assert.deepEqual(await actions(`subject_id=${subject}`), ["user.created"]);
    assert.deepEqual(await actions("request_id=r-1"), ["user.deleted"]);
    const created = (await listAll(caller, "action=user.deleted"))[0]?.created_at;
    assert.ok(created);
    const later = new Date(Date.parse(created) + 60_000).toISOString();
    const earlier = new Date(Date.parse(created) - 60_000).toISOString();
    assert.equal((await actions(`since=${earlier}&until=${later}`)).length, 3);
    assert.deepEqual(await actions(`since=${later}`), []);
    assert.deepEqual(await actions(`until=${earlier}`), []);
    assert.deepEqual(
      await actions(`action=user&subject_type=user&actor_id=${caller.userId}&request_id=r-1`),
      ["user.deleted"],
    );
    for (const bad of ["since=yesterday", "limit=0", "cursor=zzz", "action="]) {
      assert.equal((await caller.call("GET", `/audit-logs?${bad}`)).status, 422, bad);
    }
  });

  test("is for admins, and can't be written to", async () => {
    const admin = await started.logIn("tenant_admin");
    for (const role of ["user", "readonly"] as const) {
      const caller = await started.logIn(role, admin);
      for (const path of ["/audit-logs", "/audit-logs/export", "/audit-logs/verify"]) {
        assert.equal((await caller.call("GET", path)).status, 403, `${role} ${path}`);
      }
    }
    const denied = await listAll(admin, "action=access.denied");
    assert.equal(denied.length, 6, "and what was denied is in the log");
    for (const method of ["PUT", "DELETE", "POST"] as const) {
      for (const path of ["/audit-logs", `/audit-logs/${denied[0]?.id}`, "/audit-logs/export"]) {
        const answer = await admin.call(method, path, {});
        assert.equal(answer.status, 404, `${method} ${path}`);
        assert.match(String(answer.headers["content-type"]), /^application\/problem\+json/);
      }
    }
    assert.equal((await listAll(admin, "action=access.denied")).length, 6);
  });
});

suite("GET /audit-logs/export", () => {
  test("gives every entry as NDJSON, in batches, and is an entry itself", async () => {
    const [caller, other] = [await started.logIn(), await started.logIn()];
    await fill(caller, 1_203);
    await fill(other, 3);
    const answer = await started.app.inject({
      url: "/api/v1/audit-logs/export?action=row.",
      headers: { authorization: `Bearer ${caller.token}` },
    });
    assert.equal(answer.headers["content-type"], "application/x-ndjson");
    const entries = answer.body
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Entry);
    assert.equal(entries.length, 1_203);
    assert.equal(new Set(entries.map((entry) => entry.id)).size, 1_203);
    assert.deepEqual(
      entries.map((entry) => entry.id),
      entries.map((entry) => entry.id).toSorted((a, b) => (a < b ? 1 : -1)),
    );
    const [exported] = await listAll(caller, "action=audit_log.exported");
    assert.deepEqual(exported?.after, { format: "ndjson", action: "row." });
  });

  test("gives CSV that no spreadsheet runs", async () => {
    const caller = await started.logIn();
    await record(caller, { action: '=cmd|" /C calc"!A0', subjectId: "a,b", after: { note: 'say "hi"' } });
    await record(caller, { action: "+1" });
    const answer = await caller.call("GET", "/audit-logs/export?format=csv&subject_type=thing");
    assert.match(String(answer.headers["content-type"]), /^text\/csv/);
    const [head, plus, command = "", end] = String(answer.body).split("\r\n");
    assert.match(String(head), /^id,actor_type,actor_id,action,/);
    assert.ok(plus?.includes(",'+1,"), plus);
    assert.ok(command.includes(`,"'=cmd|"" /C calc""!A0",`), command);
    assert.ok(command.includes(',"a,b",') && command.includes(`"{""note"":""say \\""hi\\""""}"`), command);
    assert.equal(end, "");
    assert.equal(
      csvLine(["-1", "@x", "\tx", "\rx", null, -1, "a\nb", "plain"]),
      `'-1,'@x,'\tx,"'\rx",,-1,"a\nb",plain\r\n`,
    );
  });

  test("reads no further than its reader, however much there is", async () => {
    const caller = await started.logIn();
    await fill(caller, 12_000, { padding: "x".repeat(4_000) });
    await started.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = started.app.server.address() as AddressInfo;
    const request = get({
      port,
      path: "/api/v1/audit-logs/export",
      headers: { authorization: `Bearer ${caller.token}` },
    });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    response.pause();
    // Nobody reads: once the buffers of both sockets are full, the service asks for no more rows.
    let quiet = 0;
    await eventually("the service to stop reading", async () => {
      const { rows } = await sql<{ busy: boolean }>`
        select count(*) > 0 as busy from pg_stat_activity
        where datname = current_database() and application_name = 'tenant-api' and state <> 'idle'
      `.execute(started.db.platform);
      quiet = rows[0]?.busy ? 0 : quiet + 1;
      return quiet > 10;
    });
    await asSuperuser((db) =>
      sql`delete from audit_logs where tenant_id = ${caller.tenantId} and (after->>'number')::integer <= 100`.execute(
        db,
      ),
    );
    const body = await text(response);
    assert.equal(body.trimEnd().split("\n").length, 12_001 - 100, "rows were read that nobody had asked for");
    assert.ok(body.length > 48_000_000);
  });
});

suite("GET /audit-logs/verify", () => {
  test("tells an intact log from one that was changed", async () => {
    const caller = await started.logIn();
    for (let turn = 0; turn < 3; turn++) await record(caller, {});
    await withPlatform(started.db.platform, (trx) => chainAuditRows(trx, caller.tenantId));
    const intact = await caller.call("GET", "/audit-logs/verify");
    assert.equal(intact.status, 200);
    assert.equal(intact.body.is_intact, true);
    assert.equal(intact.body.checked, 3);
    assert.equal(intact.body.head.sequence, 3);
    const [entry] = (await listAll(caller, "")).slice(-2);
    await asSuperuser((db) =>
      sql`update audit_logs set actor_id = 'somebody-else' where id = ${entry?.id}`.execute(db),
    );
    const broken = await caller.call("GET", "/audit-logs/verify");
    assert.equal(broken.body.is_intact, false);
    assert.deepEqual(broken.body.broken, { fault: "changed_row", sequence: 2, audit_id: entry?.id });
  });
});
