import { setImmediate } from "node:timers/promises";
import { sourcesNamed, type Db, type NamedSource, type SourceName } from "@condo/schema";
import { maxSecrets } from "@condo/webhooks";
import { earliestSecret, recordOf, type Lookup } from "./source-record.ts";

const batchNames = 500;
/** Batches under way at once. */
const lanes = 2;
/** Postgres that has not answered by then counts as away. */
const answerWithinMs = 2_000;
/** While it is away it is asked again this often, by one, and nobody else waits for it. */
const awayMs = 500;

/** @throws when Postgres is away */
export type SourceLoader = (name: SourceName) => Promise<Lookup>;

interface Waiting {
  name: SourceName;
  resolve: (lookup: Promise<Lookup>) => void;
  reject: (error: unknown) => void;
}

/** Asks Postgres for sources: what is missing at one moment, or while others are asked for, is one question. */
export function createSourceLoader(db: Db): SourceLoader {
  let waiting: Waiting[] = [];
  let working = 0;
  let away: { until: number; error: unknown } | undefined;

  async function work(): Promise<void> {
    working++;
    // What other connections bring in this turn of the loop comes along.
    await setImmediate();
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchNames);
      try {
        const found = await ask(batch.map(({ name }) => name));
        away = undefined;
        // One that can't be read fails by itself, not those that were asked for beside it.
        for (const [index, { resolve }] of batch.entries()) resolve(recordFound(found[index]));
      } catch (error) {
        away = { until: Date.now() + awayMs, error };
        for (const { reject } of batch) reject(error);
      }
    }
    working--;
  }

  async function ask(names: SourceName[]): Promise<NamedSource[]> {
    const asked = sourcesNamed(db, names, { earliest: earliestSecret(new Date()), mostSecrets: maxSecrets });
    return within(answerWithinMs, asked);
  }

  return (name) =>
    new Promise((resolve, reject) => {
      const now = Date.now();
      if (away && now < away.until) {
        reject(away.error);
        return;
      }
      if (away) away.until = now + answerWithinMs;
      waiting.push({ name, resolve, reject });
      if (working < lanes) void work();
    });
}

async function recordFound(named: NamedSource | undefined): Promise<Lookup> {
  if (!named) throw new Error("Postgres left out a name that it was asked for");
  return recordOf(named);
}

/** As `work`, but rejects when it takes longer; what becomes of it then is nobody's concern. */
function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Postgres did not answer within ${ms} ms`)), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
