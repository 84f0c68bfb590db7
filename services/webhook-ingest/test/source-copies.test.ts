import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { freePort } from "@condo/engines";
import { catalogue, encodeEvent, streamOf, type EventType } from "@condo/events";
import { sourceCopyKey } from "@condo/intake";
import { newId } from "@condo/schema";
import { eventually, proveTestDomain } from "@condo/testing";
import { sql } from "kysely";
import { createSourceLoader, type SourceLoader } from "../src/source-loader.ts";
import type { Source } from "../src/source-record.ts";
import { createCopies, createDirectory, nameOf, send, setActive } from "./directory.ts";
import { start, startIngest, type TestSource } from "./ingest.ts";

let ingest: Awaited<ReturnType<typeof startIngest>>;
let load: SourceLoader;
before(async () => {
  ingest = await startIngest();
  load = createSourceLoader(ingest.db.app);
});

const away: SourceLoader = async () => {
  throw new Error("Postgres is away");
};

/** Changes where signatures are, by which one state of a source is told from another here. Nobody hears of it. */
async function change(source: TestSource, header: string): Promise<void> {
  await sql`update webhook_sources set config = ${{ header }} where id = ${source.sourceId}`.execute(
    ingest.db.platform,
  );
}

/** What a server says that was started at another moment, in seconds since 1970, and has counted to `xmax`. */
function ofAnotherServer(asOf: string, { startedAt, xmax }: { startedAt: string; xmax: string }): string {
  const parts = /^\d{10}(?<micros>\.\d{6}\/)\d{20}(?<rest>-\d{7})$/.exec(asOf)?.groups;
  assert.ok(parts, asOf);
  return `${startedAt}${parts["micros"]}${xmax}${parts["rest"]}`;
}

const headerOf = (source: Pick<Source, "config"> | null | undefined) => source?.config["header"];

suite("a copy that is written late", () => {
  const notesAbsence = false;

  test("does not take the place of a later one, nor of a source's absence that was noted", async () => {
    const source = await ingest.createSource();
    const [name, copies] = [nameOf(source), createCopies(ingest.redis)];
    const first = await load(name);
    await change(source, "second");
    const second = await load(name);
    assert.ok(await copies.write(name, second, { notesAbsence }));
    assert.equal(await copies.write(name, first, { notesAbsence }), false);
    assert.equal(headerOf((await copies.read(name))?.record), "second");
    assert.ok(await copies.write(name, second, { notesAbsence }), "as late as the one that is held");

    await setActive(ingest.db.app, source, false);
    assert.ok(await copies.write(name, await load(name), { notesAbsence }));
    assert.equal(await copies.write(name, second, { notesAbsence }), false);
    assert.equal((await copies.read(name))?.record, null);
    await setActive(ingest.db.app, source, true);
    assert.ok(await copies.write(name, await load(name), { notesAbsence }));
    assert.equal(headerOf((await copies.read(name))?.record), "second");
  });

  test("is earlier than one that saw a commit more, though no other transaction began since", async () => {
    const source = await ingest.createSource();
    const [name, copies] = [nameOf(source), createCopies(ingest.redis)];
    const lookups = await ingest.db.platform.transaction().execute(async (trx) => {
      await sql`update webhook_sources set config = ${{ header: "late" }} where id = ${source.sourceId}`.execute(
        trx,
      );
      // A transaction that began later ends first.
      await change(await ingest.createSource(), "other");
      return [await load(name)];
    });
    lookups.push(await load(name));
    const [earlier, later] = lookups;
    assert.ok(earlier && later);
    assert.deepEqual([headerOf(earlier.record), headerOf(later.record)], [undefined, "late"]);
    assert.ok(await copies.write(name, later, { notesAbsence }));
    assert.equal(await copies.write(name, earlier, { notesAbsence }), false);
  });

  test("takes the place of one that is of another server, which counted otherwise", async () => {
    const source = await ingest.createSource();
    const [name, copies] = [nameOf(source), createCopies(ingest.redis)];
    const lookup = await load(name);
    const asOf = ofAnotherServer(lookup.asOf, { startedAt: "9".repeat(10), xmax: "9".repeat(20) });
    assert.ok(await copies.write(name, { ...lookup, asOf }, { notesAbsence }));
    assert.ok(await copies.write(name, lookup, { notesAbsence }));
    assert.equal((await copies.read(name))?.asOf, lookup.asOf);
  });

  test("of a name that stands for none leaves nothing in Redis, unless somebody had it", async () => {
    const name = { tenant: newId(), serviceName: "nothing" };
    const [copies, lookup] = [createCopies(ingest.redis), await load(name)];
    await copies.write(name, lookup, { notesAbsence: false });
    assert.equal(await copies.read(name), null);
    await copies.write(name, lookup, { notesAbsence: true });
    assert.deepEqual(await copies.read(name), { asOf: lookup.asOf, record: null });
  });
});

suite("while Postgres is away", () => {
  /** A directory that remembers the source, and the way it has to Postgres from then on. */
  async function remembering(source: TestSource) {
    const way = { load };
    const directory = createDirectory(ingest.redis, (name) => way.load(name));
    const find = async () => headerOf(await directory.find(nameOf(source)));
    await change(source, "remembered");
    assert.equal(await find(), "remembered");
    return { way, directory, find };
  }

  test("a change that was told and copied outdoes what is remembered; one that was not copied does not", async () => {
    const source = await ingest.createSource();
    const { way, directory, find } = await remembering(source);
    way.load = away;
    directory.forgetTenant(source.tenantId);
    assert.equal(await find(), "remembered", "nothing later is known");
    await change(source, "changed");
    await createCopies(ingest.redis).write(nameOf(source), await load(nameOf(source)), {
      notesAbsence: true,
    });
    directory.forgetTenant(source.tenantId);
    assert.equal(await find(), "changed");
  });

  test("a change that was copied since Postgres was started again outdoes what is remembered", async () => {
    const source = await ingest.createSource();
    const { way, directory, find } = await remembering(source);
    await change(source, "changed");
    const lookup = await load(nameOf(source));
    const asOf = ofAnotherServer(lookup.asOf, { startedAt: "9".repeat(10), xmax: "0".repeat(20) });
    await createCopies(ingest.redis).write(nameOf(source), { ...lookup, asOf }, { notesAbsence: true });
    way.load = away;
    directory.forgetTenant(source.tenantId);
    assert.equal(await find(), "changed");
  });

  test("a copy that is earlier than what is remembered does not take its place", async () => {
    const source = await ingest.createSource();
    const earlier = await load(nameOf(source));
    const { way, directory, find } = await remembering(source);
    const copies = createCopies(ingest.redis);
    await eventually(
      "what is remembered is copied",
      async () => (await copies.read(nameOf(source))) !== null,
    );
    await ingest.redis.del(sourceCopyKey(`${source.slug}/${source.service}`));
    assert.ok(await copies.write(nameOf(source), earlier, { notesAbsence: true }));
    way.load = away;
    directory.forgetTenant(source.tenantId);
    assert.equal(await find(), "remembered");
  });

  test("a source that is known to be gone is not accepted from memory", async () => {
    const source = await ingest.createSource();
    const { way, directory, find } = await remembering(source);
    await setActive(ingest.db.app, source, false);
    await createCopies(ingest.redis).write(nameOf(source), await load(nameOf(source)), {
      notesAbsence: true,
    });
    way.load = away;
    directory.forgetTenant(source.tenantId);
    await assert.rejects(find(), /Postgres is away/);
  });

  test("a copy is believed for a moment: it may have come without a change that was told", async () => {
    const source = await ingest.createSource();
    await remembering(source);
    const way = { load: away };
    const directory = createDirectory(ingest.redis, (name) => way.load(name));
    assert.equal(headerOf(await directory.find(nameOf(source))), "remembered");
    await change(source, "changed");
    way.load = load;
    await eventually("Postgres is asked", async () => {
      return headerOf(await directory.find(nameOf(source))) === "changed";
    });
  });
});

suite("what was changed and never asked for", () => {
  const tell = (type: EventType, tenantId: string, data: object) =>
    ingest.redis.xadd(
      streamOf(catalogue[type].area),
      "*",
      "event",
      encodeEvent({ id: newId(), tenantId, type, time: new Date(), data }),
    );
  const tellOf = (type: EventType, source: TestSource) =>
    tell(type, source.tenantId, { source_id: source.sourceId, service_name: source.service });

  /** How many of these names there are copies of that say what they stand for. */
  async function copied(keys: readonly string[]): Promise<number> {
    const found = await Promise.all(keys.map((key) => ingest.redis.hexists(key, "record")));
    return found.filter((isThere) => isThere === 1).length;
  }

  test("is copied under every name, and taken from there by a process that starts without Postgres", async () => {
    const source = await ingest.createSource();
    const domain = `copied.${source.slug}.test`;
    await proveTestDomain(ingest.db.app, source.tenantId, domain);
    const ofTenant = [source.tenantId, source.slug].map((name) => sourceCopyKey(`${name}/${source.service}`));
    const ofDomain = sourceCopyKey(`${domain}/${source.service}`);
    const all = [...ofTenant, ofDomain, sourceCopyKey(`key:${source.key}/${source.service}`)];
    assert.equal(await copied(all), 0);
    await tellOf("webhook_source.created", source);
    await eventually("it is copied", async () => (await copied(all)) === all.length);

    const url = new URL(ingest.db.appUrl);
    url.port = String(await freePort());
    const { app, origin } = await start({ ...ingest.variables, DATABASE_URL: url.href });
    assert.equal((await send(origin, source)).status, 202);
    // Told of a change, it would leave that to be claimed by another.
    await app.close();

    await sql`delete from tenant_domains where domain = ${domain}`.execute(ingest.db.platform);
    await tell("tenant.domain_changed", source.tenantId, { domain, status: "removed" });
    await eventually("the domain has none", async () => (await copied([ofDomain])) === 0);
    assert.equal(await copied(all), all.length - 1);

    await setActive(ingest.db.app, source, false);
    await tellOf("webhook_source.updated", source);
    await eventually("no copy is left", async () => (await copied(all)) === 0);
  });

  test("of a tenant is copied with all of its sources: none is left of one that closes", async () => {
    const source = await ingest.createSource();
    const tenant = { id: source.tenantId, slug: source.slug };
    const sources = [source, await ingest.createSource({ tenant })];
    const keys = sources.map(({ slug, service }) => sourceCopyKey(`${slug}/${service}`));
    for (const each of sources) await tellOf("webhook_source.created", each);
    await eventually("they are copied", async () => (await copied(keys)) === keys.length);
    await sql`update tenants set status = 'closing' where id = ${tenant.id}`.execute(ingest.db.platform);
    const change = { slug: tenant.slug, from: "active", to: "closing", reason: null };
    await tell("tenant.status_changed", tenant.id, change);
    await eventually("no copy is left", async () => (await copied(keys)) === 0);
  });
});
