import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { createAppender, createDrainGroup, readEntries, recordEvents } from "@condo/intake";
import { connect, newId, withPlatform } from "@condo/schema";
import { eventually } from "@condo/testing";
import { sql } from "kysely";
import { startEndpoint, startInstallation, type Tenant } from "./installation.ts";

suite("the drain", () => {
  async function countOf(tenant: Tenant, id: string): Promise<number> {
    return (await tenant.deliveries(id)).filter(({ status }) => status === "delivered").length;
  }

  test("an entry that can't be recorded is set aside whole, and holds up none of its batch", async () => {
    const installation = await startInstallation();
    const tenant = await installation.createTenant();
    const id = await tenant.createDestination({ kind: "stream", stream_name: "s" });
    const good = Array.from({ length: 60 }, (_, n) => tenant.event({ n }));
    const foreign = tenant.event({ poison: true }, { sourceId: newId() });
    await installation.accept([...good.slice(0, 30), foreign]);
    await installation.redis.xadd("{intake:0}", "*", "h", "no header", "b", "unreadable");
    await installation.accept(good.slice(30));
    await installation.startWorker();
    await eventually("the good ones are delivered", async () => (await countOf(tenant, id)) === 60);
    const poison = await eventually("the bad ones are set aside", async () => {
      const rows = await installation.db.platform.selectFrom("webhook_poison").selectAll().execute();
      return rows.length === 2 && rows;
    });
    const whole = poison.map(({ entry }) => entry.toString("utf8")).join("\n");
    assert.match(whole, /"poison":true/);
    assert.match(whole, /unreadable/);
    await eventually("the intake is empty", async () => (await installation.redis.xlen("{intake:0}")) === 0);
  });

  test("a batch that has to be done again sets its unreadable entry aside once", async () => {
    const installation = await startInstallation();
    const tenant = await installation.createTenant();
    const owner = connect(installation.db.ownerUrl, {
      applicationName: "test owner",
      onError: () => undefined,
    });
    await sql`
      create sequence tries;
      create function fail_at_first() returns trigger language plpgsql security definer as $$
        begin
          if nextval('tries') <= 2 then raise 'not yet'; end if;
          return null;
        end $$;
      create trigger fail_at_first before insert on webhook_receipts execute function fail_at_first();
    `.execute(owner);
    await owner.destroy();
    await installation.redis.xadd("{intake:0}", "*", "h", "no header", "b", "unreadable");
    await installation.accept([tenant.event({ n: 1 })]);
    await installation.startWorker();
    await eventually("the intake is empty", async () => (await installation.redis.xlen("{intake:0}")) === 0);
    const poison = await installation.db.platform.selectFrom("webhook_poison").selectAll().execute();
    assert.equal(poison.length, 1);
    const events = await installation.db.platform.selectFrom("webhook_events").select("id").execute();
    assert.equal(events.length, 1);
  });

  test("what was recorded past Redis stays one event, and repetitions are answered its id", async () => {
    const installation = await startInstallation();
    const tenant = await installation.createTenant();
    const past = tenant.event({ n: 1 }, { dedupeKey: "id:1" });
    await withPlatform(installation.db.platform, (trx) => recordEvents(trx, [past]));
    const appender = createAppender(installation.redis, 1);
    const again = () => appender.append(tenant.event({ n: 1 }, { dedupeKey: "id:1" }));
    assert.equal((await again()).status, "accepted");
    await installation.startWorker();
    const repeated = await eventually("the stored id is known", async () => {
      const receipt = await again();
      return receipt.id === past.id && receipt;
    });
    assert.equal(repeated.status, "duplicate");
    const events = await installation.db.platform.selectFrom("webhook_events").select("id").execute();
    assert.deepEqual(events, [{ id: past.id }]);
  });

  test("what it leases is sent, however long the destination may take over its answer", async () => {
    const installation = await startInstallation();
    const owner = connect(installation.db.ownerUrl, { poolSize: 1 });
    await sql`
      create sequence handed_back;
      create function count_handed_back() returns trigger language plpgsql security definer as $$
        begin
          perform nextval('handed_back');
          return null;
        end $$;
      create trigger count_handed_back after update on webhook_deliveries for each row
        when (old.lease_until is not null and new.lease_until is null and new.status = 'pending')
        execute function count_handed_back();
    `.execute(owner);
    const tenant = await installation.createTenant();
    const endpoint = await startEndpoint();
    const id = await tenant.createDestination({ url: endpoint.url, timeout_ms: 60_000 });
    await installation.startWorker();
    await installation.accept(Array.from({ length: 200 }, (_, n) => tenant.event({ n })));
    await eventually("all are delivered", async () => (await countOf(tenant, id)) === 200);
    const { rows } = await sql`select from handed_back where is_called`.execute(owner);
    await owner.destroy();
    assert.equal(rows.length, 0, "leases were handed back");
    assert.equal(endpoint.requests.length, 200);
  });

  test("what a dead worker read and did not finish is taken over", async () => {
    const installation = await startInstallation();
    const tenant = await installation.createTenant();
    const id = await tenant.createDestination({ kind: "stream", stream_name: "s" });
    await createDrainGroup(installation.redis, 0);
    await installation.accept(Array.from({ length: 20 }, (_, n) => tenant.event({ n })));
    const read = await readEntries(installation.redis, 0, "the dead one", { count: 100, blockMs: 100 });
    assert.equal(read.length, 20);
    await installation.startWorker();
    await eventually("all are delivered", async () => (await countOf(tenant, id)) === 20, 20_000);
  });
});
