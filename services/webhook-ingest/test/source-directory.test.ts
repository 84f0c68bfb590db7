import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { before, suite, test } from "node:test";
import { encodeEvent, streamOf, type EventType } from "@condo/events";
import { freePort } from "@condo/engines";
import { sourceCopyKey } from "@condo/intake";
import { createLogger, createMetrics } from "@condo/http";
import { newId, withTenant, type Db } from "@condo/schema";
import { createSealer } from "@condo/secrets";
import { atEnd, eventually, proveTestDomain } from "@condo/testing";
import { sql } from "kysely";
import { createByteMemory } from "../src/byte-memory.ts";
import { createChangeMarks } from "../src/change-marks.ts";
import { createSourceCopies } from "../src/source-copies.ts";
import { createSourceDirectory } from "../src/source-directory.ts";
import { createSourceLoader } from "../src/source-loader.ts";
import { masterKey, post, signature, start, startIngest, type TestSource } from "./ingest.ts";

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

function directoryOf(load: ReturnType<typeof createSourceLoader>) {
  const directory = createSourceDirectory({
    load,
    copies: createSourceCopies(ingest.redis),
    sealer: createSealer(masterKey),
    memoryBytes: 1024 * 1024,
    metrics: createMetrics("webhook-ingest"),
    logger: createLogger("webhook-ingest", "silent"),
  });
  directory.setFollowing(true);
  return directory;
}

const nameOf = (source: TestSource) => ({ tenant: source.slug, serviceName: source.service });

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
    const directory = directoryOf(createSourceLoader(db));
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
    const directory = directoryOf(createSourceLoader(ingest.db.app));
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
    const directory = directoryOf(async (name) => {
      const lookup = await load(name);
      if (isChanged) return lookup;
      isChanged = true;
      await setActive(source, false);
      directory.forgetTenant(source.tenantId);
      return lookup;
    });
    assert.equal(await directory.find(nameOf(source)), null);
  });

  test("is taken from its copy while Postgres keeps silent, and nobody waits until it is given up", async () => {
    const source = await ingest.createSource();
    assert.equal((await send(ingest.origin, source)).status, 202);
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    });
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    atEnd(async () => void silent.close());
    const url = new URL(ingest.db.appUrl);
    url.port = String((silent.address() as AddressInfo).port);
    const { app, origin } = await start({ ...ingest.variables, DATABASE_URL: url.href });
    const answer = await eventually("redis is connected", async () => {
      const answer = await send(origin, source);
      return answer.status === 202 && answer;
    });
    assert.equal(answer.body.status, "accepted");
    assert.ok(sockets.size > 0, "the connection is still waited at");
    for (const socket of sockets) socket.destroy();
    await app.close();
  });
});

suite("what was changed and never asked for", () => {
  const tell = (type: EventType, source: TestSource) =>
    ingest.redis.xadd(
      streamOf("webhooks"),
      "*",
      "event",
      encodeEvent({
        id: newId(),
        tenantId: source.tenantId,
        type,
        time: new Date(),
        data: { source_id: source.sourceId, service_name: source.service },
      }),
    );

  test("is copied under every name, and taken from there by a process that starts without Postgres", async () => {
    const source = await ingest.createSource();
    const domain = `copied.${source.slug}.test`;
    await proveTestDomain(ingest.db.app, source.tenantId, domain);
    const copies = [source.tenantId, source.slug, domain]
      .map((tenant) => sourceCopyKey(`${tenant}/${source.service}`))
      .concat(sourceCopyKey(`key:${source.key}/${source.service}`));
    const present = () => ingest.redis.exists(...copies);
    assert.equal(await present(), 0);
    await tell("webhook_source.created", source);
    await eventually("it is copied", async () => (await present()) === copies.length);

    const url = new URL(ingest.db.appUrl);
    url.port = String(await freePort());
    const { app, origin } = await start({ ...ingest.variables, DATABASE_URL: url.href });
    await eventually("it is accepted", async () => (await send(origin, source)).status === 202);
    // Told of a change, it would leave that to be claimed by another.
    await app.close();

    await setActive(source, false);
    await tell("webhook_source.updated", source);
    await eventually("no copy is left", async () => (await present()) === 0);
  });
});

function setActive(source: TestSource, isActive: boolean) {
  return withTenant(ingest.db.app, source.tenantId, (trx) =>
    trx
      .updateTable("webhook_sources")
      .set({ is_active: isActive })
      .where("id", "=", source.sourceId)
      .execute(),
  );
}

function send(origin: string, source: TestSource) {
  const body = JSON.stringify({ id: randomUUID() });
  return post(`${origin}/api/v1/webhooks/${source.service}`, body, {
    "x-tenant-id": source.slug,
    ...signature(source.secret, body),
  });
}
