import type { Db, SigningKey, SigningKeyState } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import { sql } from "kysely";
import { algorithms, generateKey, sealContext, type Algorithm } from "./generate.ts";

/** How long a key is published before it may sign: a JWKS may be kept for a minute, and asked for again after five seconds. */
const publishedAheadMs = 70_000;
/** Longer than any access token lives. */
const previousKeptMs = 2 * 3_600_000;

export interface KeyStage {
  kid: string;
  algorithm: string;
  state: SigningKeyState;
  since: Date;
}

/** What a rotation did: a key took over, or has to be known for longer first. */
export type Rotation = { done: true; current: string; next: string } | { done: false; waitMs: number };

type Keys = Awaited<ReturnType<typeof readKeys>>;
type Generated = Awaited<ReturnType<typeof generateKey>>;

/** Every key that is published, the one that signs first. */
export async function listKeys(db: Db): Promise<KeyStage[]> {
  const keys = await publishedKeys(db);
  return keys.map((key) => ({
    kid: key.kid,
    algorithm: key.alg,
    state: key.state,
    since: key.state_changed_at,
  }));
}

/** The keys that a token may be signed with, the one that signs first; previous ones for as long as their tokens live. */
export async function publishedKeys(db: Db): Promise<SigningKey[]> {
  return db
    .selectFrom("signing_keys")
    .selectAll()
    .where((or) => or("state", "<>", "previous").or("state_changed_at", ">", previousAreGoneBefore))
    .orderBy(sql`array_position(array['current', 'next', 'previous'], state)`)
    .orderBy("state_changed_at", "desc")
    .execute();
}

const previousAreGoneBefore = sql<Date>`now() - ${previousKeptMs} * interval '1 millisecond'`;

/** Makes the keys that are missing: one that signs, and a next one of this algorithm. Safe to run many times at once. */
export async function ensureKeys(db: Db, sealer: Sealer, algorithm: Algorithm): Promise<void> {
  const { current, next } = await readKeys(db);
  if (current && next?.alg === algorithm) return;
  const fresh = [await generateKey(sealer, algorithm), await generateKey(sealer, algorithm)] as const;
  await alone(db, async (trx) => makeMissing(trx, await readKeys(trx), algorithm, fresh));
}

/**
 * Lets the next key sign, when it has been published for long enough that every service can know it; the one that signed
 * goes on verifying, and a new next key is published.
 *
 * @param algorithm of the key that is to sign; where the next key is of another, it is made anew, which takes its wait.
 *   That of the next key by default
 * @throws SealBroken when the master key is not the installation's: what it sealed, identity-api could not use
 */
export async function rotateKeys(db: Db, sealer: Sealer, algorithm?: Algorithm): Promise<Rotation> {
  return alone(db, async (trx) => {
    const before = await readKeys(trx);
    if (before.current) sealer.open(before.current.private_key_sealed, sealContext(before.current.kid));
    const wanted = algorithm ?? algorithmOf(before.next?.alg);
    await makeMissing(trx, before, wanted, [
      await generateKey(sealer, wanted),
      await generateKey(sealer, wanted),
    ]);
    const { current, next } = await readKeys(trx);
    if (!current || !next) throw new Error("The keys were just made, and are gone");
    const waitMs = publishedAheadMs - next.published_ms;
    if (waitMs > 0) return { done: false, waitMs };
    await trx
      .deleteFrom("signing_keys")
      .where("state", "=", "previous")
      .where("state_changed_at", "<=", previousAreGoneBefore)
      .execute();
    await move(trx, current.kid, "previous");
    await move(trx, next.kid, "current");
    const fresh = await generateKey(sealer, wanted);
    await insert(trx, fresh, "next");
    return { done: true, current: next.kid, next: fresh.kid };
  });
}

/** One change of the stages at a time, whichever process makes it. */
function alone<T>(db: Db, fn: (trx: Db) => Promise<T>): Promise<T> {
  const locked = async (trx: Db) => {
    await sql`select pg_advisory_xact_lock(hashtext('condo signing keys'))`.execute(trx);
    return fn(trx);
  };
  return db.isTransaction ? locked(db) : db.transaction().execute(locked);
}

async function readKeys(db: Db) {
  const keys = await db
    .selectFrom("signing_keys")
    .select([
      "kid",
      "alg",
      "state",
      "private_key_sealed",
      // By the clock of Postgres, which the machines that ask need not share.
      sql<number>`(extract(epoch from clock_timestamp() - state_changed_at) * 1000)::float8`.as(
        "published_ms",
      ),
    ])
    .where("state", "<>", "previous")
    .execute();
  return {
    current: keys.find(({ state }) => state === "current"),
    next: keys.find(({ state }) => state === "next"),
  };
}

async function makeMissing(
  trx: Db,
  { current, next }: Keys,
  algorithm: Algorithm,
  [first, second]: readonly [Generated, Generated],
): Promise<void> {
  if (!current) await insert(trx, first, "current");
  if (next?.alg === algorithm) return;
  if (next) await trx.deleteFrom("signing_keys").where("kid", "=", next.kid).execute();
  await insert(trx, second, "next");
}

function algorithmOf(name: string | undefined): Algorithm {
  return algorithms.find((algorithm) => algorithm === name) ?? algorithms[0];
}

async function insert(trx: Db, key: Generated, state: SigningKeyState): Promise<void> {
  await trx
    .insertInto("signing_keys")
    .values({ ...key, state })
    .execute();
}

async function move(trx: Db, kid: string, state: SigningKeyState): Promise<void> {
  await trx
    .updateTable("signing_keys")
    .set({ state, state_changed_at: sql<Date>`clock_timestamp()` })
    .where("kid", "=", kid)
    .execute();
}
