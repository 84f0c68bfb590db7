import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withTenant, type Db } from "@condo/schema";
import { startProxy } from "@condo/testing";
import { sql } from "kysely";
import { createByteMemory } from "../src/byte-memory.ts";
import { createChangeMarks } from "../src/change-marks.ts";
import { createSourceLoader } from "../src/source-loader.ts";
import { createDirectory, nameOf, send, setActive } from "./directory.ts";
import { start, startIngest } from "./ingest.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
before(async () => {
  ingest = await startIngest();
});

/** As `db`, and counts what is asked. */
function counted(db: Db): { db: Db; asked: () => number } {
  let asked = 0;
  const plugin = {
    transformQuery: ({ node }: { node: never }) => {
      asked++;
      return node;
    },
    transformResult: async ({ result }: { result: never }) => result,
  };
  return { db: db.withPlugin(plugin as never), asked: () => asked };
}

test("what is used stays in memory, and what is held never passes the limit", () => {
  const memory = createByteMemory<number>(1_000);
  for (let n = 0; n < 100; n++) {
    memory.set(`k${n}`, n, 50);
    assert.equal(memory.get("k0"), 0, "asked for again and again");
    assert.ok(memory.bytes() <= 1_000);
  }
  assert.equal(memory.get("k1"), undefined);
  assert.deepEqual(
    [91, 99].map((n) => memory.get(`k${n}`)),
    [91, 99],
  );
  memory.set("k99", 7, 60);
  memory.delete("k0");
  assert.deepEqual([memory.get("k99"), memory.get("k0")], [7, undefined]);
  for (let n = 0; n < 100; n++) memory.delete(`k${n}`);
  assert.equal(memory.bytes(), 0);
});

test("a change is one tenant's; past so many tenants, what is older than the oldest counts as changed", () => {
  const marks = createChangeMarks(2);
  const before = marks.now();
  marks.changed("a");
  const after = marks.now();
  assert.deepEqual(
    [marks.changedSince(before, "a"), marks.changedSince(before, "b"), marks.changedSince(after, "a")],
    [true, false, false],
  );
  marks.changed("b");
  marks.changed("c");
  assert.ok(marks.changedSince(before, "a"), "its mark is gone, and what it said is not");
  assert.ok(!marks.changedSince(after, "a"));
  assert.ok(marks.changedSince(before, null));
  marks.anyChanged();
  assert.ok(marks.changedSince(after, "d") && !marks.changedSince(marks.now(), "b"));
});

suite("what is not remembered", () => {
  test("is asked of Postgres together, each for itself, and once for all who ask at one time", async () => {
    const sources = await Promise.all(Array.from({ length: 12 }, () => ingest.createSource()));
    const { db, asked } = counted(ingest.db.app);
    const directory = createDirectory(ingest.redis, createSourceLoader(db));
    const names = [
      ...sources.map(nameOf),
      ...sources.map((source) => ({ sourceKey: source.key, serviceName: source.service })),
      { sourceKey: sources[0]?.key ?? "", serviceName: sources[1]?.service ?? "" },
      { tenant: "nobody", serviceName: "nothing" },
    ];
    const found = await Promise.all([...names, ...names].map((name) => directory.find(name)));
    const ids = sources.map(({ sourceId }) => sourceId);
    assert.deepEqual(
      found.map((source) => source?.sourceId),
      [...ids, ...ids, undefined, undefined, ...ids, ...ids, undefined, undefined],
    );
    assert.equal(asked(), 1);
    assert.ok(names.every((name) => directory.knows(name)));
    await Promise.all(names.map((name) => directory.find(name)));
    assert.equal(asked(), 1, "remembered from now on");

    const [one, ...others] = sources;
    directory.forgetTenant(one?.tenantId ?? "");
    assert.deepEqual(
      sources.map((source) => directory.knows(nameOf(source))),
      [false, ...others.map(() => true)],
    );
  });

  test("fails by itself where it can't be read: those asked for beside it are found", async () => {
    const [well, ill] = await Promise.all([ingest.createSource(), ingest.createSource()]);
    await withTenant(ingest.db.app, ill.tenantId, (trx) =>
      trx
        .updateTable("webhook_source_secrets")
        .set({ expires_at: sql`'infinity'` })
        .execute(),
    );
    const directory = createDirectory(ingest.redis, createSourceLoader(ingest.db.app));
    const [found, failed] = await Promise.allSettled(
      [well, ill].map((source) => directory.find(nameOf(source))),
    );
    assert.equal(failed?.status, "rejected");
    assert.equal(found?.status === "fulfilled" && found.value?.sourceId, well.sourceId);
  });

  test("is asked again when a change overtook the answer", async () => {
    const source = await ingest.createSource();
    const load = createSourceLoader(ingest.db.app);
    let isChanged = false;
    const directory = createDirectory(ingest.redis, async (name) => {
      const lookup = await load(name);
      if (isChanged) return lookup;
      isChanged = true;
      await setActive(ingest.db.app, source, false);
      directory.forgetTenant(source.tenantId);
      return lookup;
    });
    assert.equal(await directory.find(nameOf(source)), null);
  });

  test(
    "is taken from its copy once Postgres falls silent on a connection that stays open",
    { timeout: 30_000 },
    async () => {
      const [known, unknown] = await Promise.all([ingest.createSource(), ingest.createSource()]);
      assert.equal((await send(ingest.origin, unknown)).status, 202, "it is copied");
      const postgres = await mutable(ingest.db.appUrl);
      const { app, origin } = await start({ ...ingest.variables, DATABASE_URL: postgres.url });
      assert.equal((await send(origin, known)).status, 202, "there is a connection, and it was asked");
      postgres.mute();
      const answering = send(origin, unknown);
      await postgres.asked;
      const answer = await answering;
      assert.deepEqual([answer.status, answer.body.status], [202, "accepted"]);
      assert.equal(postgres.lost(), 0, "it was given up, and not lost");
      await postgres.close();
      await app.close();
    },
  );
});

/** A way to Postgres that can be made to keep to itself all that it is told: its connections stay open, and new ones open. */
async function mutable(url: string) {
  const asked = Promise.withResolvers<void>();
  let isMute = false;
  const proxy = await startProxy(url, () => ({
    asked: (chunk, passOn) => (isMute ? asked.resolve() : passOn(chunk)),
    answered: (chunk, passOn) => (isMute ? undefined : passOn(chunk)),
  }));
  return { ...proxy, mute: () => void (isMute = true), asked: asked.promise };
}
