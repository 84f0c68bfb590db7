import assert from "node:assert/strict";
import { test } from "node:test";
import {
  commitWith,
  connect,
  markingChanges,
  newId,
  withPlatform,
  withTenant,
  type TenantTrx,
} from "@condo/schema";
import { createTestDatabase, createTestTenant, eventually, startProxy } from "@condo/testing";
import { sql } from "kysely";

test("a connection that is killed within a transaction fails the transaction, and not the process", async () => {
  const { platform, platformUrl } = await createTestDatabase();
  const victim = connect(platformUrl, { poolSize: 1 });
  try {
    await assert.rejects(
      withPlatform(victim, async (trx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
        const pid = Number(rows[0]?.pid);
        await sql`select pg_terminate_backend(${pid})`.execute(platform);
        await eventually("the backend to be gone", async () => {
          const left = await sql`select from pg_stat_activity where pid = ${pid}`.execute(platform);
          return left.rows.length === 0;
        });
        // The end of the connection is read from its socket in a later turn than the answer above.
        await sql`select 1`.execute(platform);
        await sql`select 1`.execute(trx);
      }),
      /terminat|connection/i,
    );
    const { rows } = await sql`select 1 as one`.execute(victim);
    assert.deepEqual(rows, [{ one: 1 }], "the pool has a new connection");
  } finally {
    await victim.destroy();
  }
});

test("a function that throws before its first statement rolls back and leaves the connection usable", async () => {
  const { app, appUrl } = await createTestDatabase();
  const tenant = await createTestTenant(app);
  const single = connect(appUrl, { poolSize: 1 });
  try {
    await assert.rejects(
      withTenant(single, tenant.id, () => {
        throw new Error("at once");
      }),
      /at once/,
    );
    const seen = await withTenant(single, tenant.id, (trx) =>
      trx.selectFrom("tenants").select("id").execute(),
    );
    assert.deepEqual(seen, [{ id: tenant.id }]);
    assert.deepEqual(await single.selectFrom("tenants").select("id").execute(), []);
  } finally {
    await single.destroy();
  }
});

test("statements of a transaction that are asked for together do not wait for one another's answers", async () => {
  const { app, appUrl } = await createTestDatabase();
  const tenant = await createTestTenant(app);
  const held = await holdAnswersUntil(appUrl, "the third");
  const single = connect(held.url, { poolSize: 1 });
  try {
    // Once there is a connection, what Postgres says is kept until it was asked the last of them.
    await sql`select 1`.execute(single);
    held.hold();
    const said = await withTenant(single, tenant.id, (trx) =>
      Promise.all([
        sql<{ at: string }>`select 'the first' as at`.execute(trx),
        trx.selectFrom("tenants").select("slug as at").execute(),
        sql<{ at: string }>`select 'the third' as at`.execute(trx),
      ]),
    );
    assert.deepEqual(
      said.map((answer) => ("rows" in answer ? answer.rows[0] : answer[0])?.at),
      ["the first", tenant.slug, "the third"],
    );
    await assert.rejects(
      withTenant(single, tenant.id, (trx) =>
        Promise.all([sql`select 1 / 0`.execute(trx), sql`select 'the third'`.execute(trx)]),
      ),
      /division by zero/,
    );
    const { rows } = await sql<{ one: number }>`select 1 as one`.execute(single);
    assert.deepEqual(rows, [{ one: 1 }], "the connection is of use after what failed");
  } finally {
    await single.destroy();
    await held.close();
  }
});

test("COMMIT goes with the last statements, and undoes all where one of them fails", async () => {
  const { app, appUrl } = await createTestDatabase();
  const tenant = await createTestTenant(app);
  const held = await holdAnswersUntil(appUrl, "commit");
  const single = connect(held.url, { poolSize: 1 });
  const rename = (trx: TenantTrx, name: string) =>
    trx.updateTable("tenants").set({ name }).where("id", "=", tenant.id).execute();
  const nameNow = async () => {
    const { name } = await withTenant(app, tenant.id, (trx) =>
      trx.selectFrom("tenants").select("name").executeTakeFirstOrThrow(),
    );
    return name;
  };
  try {
    await sql`select 1`.execute(single);
    held.hold();
    await withTenant(single, tenant.id, async (trx) => {
      await commitWith(trx, () => rename(trx, "Committed"));
      // The statement is answered before COMMIT, which is under way behind it.
      await eventually("it to be committed", async () => (await nameNow()) === "Committed");
    });
    await assert.rejects(
      withTenant(single, tenant.id, (trx) =>
        commitWith(trx, () => Promise.all([rename(trx, "Undone"), sql`select 1 / 0`.execute(trx)])),
      ),
      /division by zero/,
    );
    assert.equal(await nameNow(), "Committed");
    await withTenant(single, tenant.id, (trx) => rename(trx, "Next"));
    assert.equal(await nameNow(), "Next", "the connection is of use after what failed");
  } finally {
    await single.destroy();
    await held.close();
  }
});

test("what marks a transaction is written before COMMIT", async () => {
  const { app } = await createTestDatabase();
  const tenant = await createTestTenant(app);
  await assert.rejects(
    markingChanges(
      () => Promise.reject(new Error("not to be committed")),
      () =>
        withTenant(app, tenant.id, (trx) =>
          commitWith(trx, () => trx.updateTable("tenants").set({ name: "Marked" }).execute()),
        ),
    ),
    /not to be committed/,
  );
  const { name } = await withTenant(app, tenant.id, (trx) =>
    trx.selectFrom("tenants").select("name").executeTakeFirstOrThrow(),
  );
  assert.notEqual(name, "Marked");
});

test("a database that is away is a rejection of the transaction", async () => {
  const away = connect("postgres://condo_app:x@127.0.0.1:1/condo");
  await assert.rejects(
    withTenant(away, newId(), async () => undefined),
    /ECONNREFUSED/,
  );
  await away.destroy();
});

/** A way to Postgres which, from `hold` on, passes on no answer until a text was sent. */
async function holdAnswersUntil(url: string, text: string) {
  let isHolding = false;
  const proxy = await startProxy(url, () => {
    let said = "";
    const held: (() => void)[] = [];
    return {
      asked(chunk, passOn) {
        passOn(chunk);
        said += chunk.toString("latin1");
        if (!said.includes(text)) return;
        isHolding = false;
        for (const release of held.splice(0)) release();
      },
      answered: (chunk, passOn) => (isHolding ? void held.push(() => passOn(chunk)) : passOn(chunk)),
    };
  });
  return { ...proxy, hold: () => void (isHolding = true) };
}
