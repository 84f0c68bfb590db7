import { emit } from "@condo/events";
import type { Logger } from "@condo/http";
import { withPlatform, type Db } from "@condo/schema";
import { pause } from "./pause.ts";
import { lockDueReplay, nextReplayInMs, sendSomeAgain } from "./repositories/due-replays.ts";

/** How soon a replay that was just asked for begins. */
const pollMs = 500;
/** Steps a second at most: a fast replay sends several letters in one. */
const stepsPerSecond = 10;

/**
 * Works on replays of dead letters until `signal` aborts: each step makes some letters pending again, notes how far it
 * came and when the next step is due, all in one transaction. So a crash repeats nothing, and several workers share the
 * replays.
 */
export async function replay(options: { db: Db; logger: Logger; signal: AbortSignal }): Promise<void> {
  const { db, logger, signal } = options;
  while (!signal.aborted) {
    let waitMs = pollMs;
    try {
      if (await step(db, logger)) continue;
      waitMs = Math.min(pollMs, await withPlatform(db, nextReplayInMs));
    } catch (err) {
      logger.warn({ err }, "replay");
    }
    await pause(waitMs, signal);
  }
}

/** @returns whether a replay was due */
async function step(db: Db, logger: Logger): Promise<boolean> {
  return withPlatform(db, async (trx) => {
    const due = await lockDueReplay(trx);
    if (!due) return false;
    const letters = Math.ceil(due.rate_per_second / stepsPerSecond);
    const sent = await sendSomeAgain(trx, due, letters, (letters * 1_000) / due.rate_per_second);
    if (sent < letters) {
      await emit(trx, due.tenant_id, "webhook_replay.finished", { replay_id: due.id });
      logger.info(
        { tenant_id: due.tenant_id, replay_id: due.id, replayed: due.replayed + sent },
        "replay is done",
      );
    }
    return true;
  });
}
