import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { connect, readTenant, type Db, type TenantReader } from "@condo/schema";
import { createTestDatabase, createTestTenant, startProxy, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import { JoiningSocket } from "../src/joining-socket.ts";

suite("the columns of a statement that comes again", () => {
  let db: TestDatabase;
  let owner: Db;
  before(async () => {
    db = await createTestDatabase();
    owner = connect(db.ownerUrl, { poolSize: 1 });
  });
  after(() => owner.destroy());

  test("are told once it is prepared, and not with each answer", async () => {
    let told = "";
    const proxy = await startProxy(db.appUrl, () => ({
      asked: (chunk, passOn) => passOn(chunk),
      answered(chunk, passOn) {
        told += chunk.toString("latin1");
        passOn(chunk);
      },
    }));
    const single = connect(proxy.url, { poolSize: 1 });
    try {
      // By then the connection knows whom it speaks to.
      await sql`select 1`.execute(single);
      const moments = [0, 1, 2, 3, 4, 5].map((second) => new Date(1_000 * second));
      for (const [turn, moment] of moments.entries()) {
        told = "";
        const { rows } = await sql`
          select ${moment}::timestamptz as a_moment, 7::int as a_number, null::text as nothing`.execute(
          single,
        );
        assert.deepEqual(rows, [{ a_moment: moment, a_number: 7, nothing: null }]);
        // It gets a name when it comes a second time.
        assert.equal(told.includes("a_moment"), turn < 2, `turn ${turn}`);
      }
    } finally {
      await single.destroy();
      await proxy.close();
    }
  });

  test("are known after an answer without rows, and of a statement that has none", async () => {
    const single = connect(db.platformUrl, { poolSize: 1 });
    try {
      const upTo = (count: number) =>
        sql<{ at: number }>`select generate_series(1, ${count}::int) as at`.execute(single);
      for (const count of [0, 0, 0, 2, 0, 1]) {
        assert.deepEqual(
          (await upTo(count)).rows,
          Array.from({ length: count }, (_, index) => ({ at: index + 1 })),
        );
      }
      for (let turn = 0; turn < 4; turn++) {
        const renamed = await sql`update tenants set name = name where slug = ${"nobody's"}`.execute(single);
        assert.deepEqual([renamed.rows, renamed.numAffectedRows], [[], 0n]);
      }
    } finally {
      await single.destroy();
    }
  });

  test("are told anew after their table has changed", async () => {
    const { id } = await createTestTenant(db.app);
    const single = connect(db.appUrl, { poolSize: 1 });
    const probe = (reader: TenantReader) => sql`select probe from tenants where id = ${id}`.execute(reader);
    const read = async () => (await readTenant(single, id, probe)).rows;
    try {
      await sql`alter table tenants add column probe int default 7`.execute(owner);
      for (let turn = 0; turn < 4; turn++) assert.deepEqual(await read(), [{ probe: 7 }]);
      await sql`alter table tenants alter column probe type text using 'seven'`.execute(owner);
      for (let turn = 0; turn < 4; turn++) assert.deepEqual(await read(), [{ probe: "seven" }]);
    } finally {
      await single.destroy();
      await sql`alter table tenants drop column probe`.execute(owner);
    }
  });
});

test("what is written at once arrives whole and in order, large or small", async () => {
  const received: Buffer[] = [];
  const server = createServer((socket) => socket.on("data", (chunk) => received.push(chunk))).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = new JoiningSocket().connect(port, "127.0.0.1");
  const sizes = [3, 1, 0, 5, 16_384, 7, 200_000, 2];
  const sent = sizes.map((size, index) => Buffer.alloc(size, index));
  try {
    for (const pieces of [sent.slice(0, 4), sent.slice(4, 6), sent.slice(6)]) {
      socket.cork();
      for (const piece of pieces) socket.write(piece);
      socket.uncork();
    }
    socket.end();
    const [arrived] = await Promise.all([once(socket, "close"), once(socket, "finish")]);
    assert.deepEqual(arrived, [false]);
    assert.ok(Buffer.concat(received).equals(Buffer.concat(sent)));
  } finally {
    server.close();
  }
});
