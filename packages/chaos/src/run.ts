import { account, lostIds, settle, type Account } from "./account.ts";
import { createBook, type Book } from "./book.ts";
import { startKiller, type Killer } from "./killer.ts";
import { startLoad } from "./load.ts";
import type { Options } from "./options.ts";
import { pelt } from "./pelt.ts";
import { createRandom } from "./random.ts";
import { setStage } from "./stage.ts";
import { readStreams } from "./streams.ts";

export interface Result extends Account {
  seed: number;
  kills: Record<string, number>;
  /** Requests by how they ended. */
  outcomes: Record<string, number>;
  /** What the run met that it is about, and how often. */
  met: Record<string, number>;
  /** Malformed requests by how they were answered. */
  malformed: Record<string, number>;
  /** Ids that were answered to some of them. */
  malformedAcknowledged: number;
  /** Where engines' data and logs are kept: something was lost or wrong, and the options say so. */
  keptIn: string | null;
}

const settleWithinMs = 180_000;

/**
 * Plays a run: load and kills, then calm until nothing is under way, then the account.
 *
 * @param tell takes what is going on, about every second
 */
export async function run(options: Options, tell: (progress: string) => void): Promise<Result> {
  const random = createRandom(options.seed);
  const book = createBook();
  const watched = { killer: undefined as Killer | undefined, isClosing: false, isFaulty: true };
  const stage = await setStage({
    ...options,
    book,
    random,
    onDeath(name, reason) {
      if (watched.isClosing || watched.killer?.isMine(name)) return;
      book.wrong(`${name} died by itself: ${reason}`);
    },
  });
  const isKept = () => options.keepsFaulty && watched.isFaulty;
  async function settleAll(): Promise<void> {
    for (const left of await settle(stage, settleWithinMs)) book.wrong(`not settled: ${left}`);
  }
  const start = performance.now();
  let phase = "under fire";
  const progress = setInterval(() => tell(progressOf(book, watched.killer, phase, start)), 1_000);
  try {
    const load = await startLoad({
      book,
      random,
      tenants: stage.tenants,
      doors: stage.doors,
      perSecond: options.rate,
      steadyEngines: () => watched.killer?.steadyEngines() ?? [],
      lacks: (url) => watched.killer?.lacks(url) ?? [],
    });
    const killer = startKiller({
      ...options,
      fleet: stage.fleet,
      random,
      deadlineMs: options.minutes * 60_000,
      wrong: (what) => book.wrong(what),
    });
    watched.killer = killer;
    await killer.done;
    phase = "calm: senders finish";
    stage.receivers.calm();
    await load.stop();
    phase = "calm: deliveries finish";
    await settleAll();
    for (const name of await stage.spooled()) book.wrong(`${name} is left in the spool`);
    await readStreams(stage, book);
    const found = await account(stage, book);
    const wrongs = book.wrongs.length;
    phase = `malformed requests: ${options.malformed}`;
    stage.receivers.rest();
    const malformed = await pelt(stage, book, random, options.malformed);
    await settleAll();
    const lost = [...found.lost, ...(await lostIds(stage, malformed.acknowledged))];
    tell(progressOf(book, killer, "accounted", start));
    watched.isFaulty = lost.length + book.wrongs.length + found.wrongs.length > 0;
    return {
      seed: options.seed,
      kills: sorted(killer.kills),
      outcomes: sorted(book.outcomes),
      met: sorted(book.met),
      malformed: sorted(malformed.statuses),
      malformedAcknowledged: malformed.acknowledged.size,
      ...found,
      lost,
      wrongs: [...found.wrongs, ...book.wrongs.slice(wrongs)],
      keptIn: isKept() ? stage.dir : null,
    };
  } finally {
    clearInterval(progress);
    watched.isClosing = true;
    await stage.close(isKept());
  }
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([one], [other]) => one.localeCompare(other)));
}

function progressOf(book: Book, killer: Killer | undefined, phase: string, start: number): string {
  const kills = [...(killer?.kills.values() ?? [])].reduce((sum, count) => sum + count, 0);
  const down = killer?.down() ?? [];
  const arrivals = [...book.arrivals.values()].filter(({ wellTimes }) => wellTimes > 0).length;
  return [
    `${((performance.now() - start) / 1_000).toFixed(0).padStart(4)} s ${phase}`,
    `${kills} kills`,
    `${book.promises.length} acknowledged`,
    `${arrivals} delivered`,
    `${book.wrongs.length} wrong`,
    down.length > 0 ? `down: ${down.join(", ")}` : "all up",
  ].join("  ·  ");
}
