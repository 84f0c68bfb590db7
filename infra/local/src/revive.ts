import { setTimeout as delay } from "node:timers/promises";

export interface ReviverOptions {
  /** Whether what dies shall live again, at this moment. */
  isWanted: () => boolean;
  tell: (line: string) => void;
  giveUp: (reason: string) => void;
}

/** Takes note that something died, and of what. */
export type DeathListener = (reason: string) => void;

const windowMs = 60_000;
const deathsAllowed = 5;
const firstDelayMs = 250;
const longestDelayMs = 5_000;

/** Makes, for each thing that may die, the listener that starts it again, later each time, until that is of no use. */
export function createReviver({ isWanted, tell, giveUp }: ReviverOptions) {
  return function reviverOf(name: string, start: () => Promise<void>): DeathListener {
    const nextDelay = createRestartBudget();

    async function revive(reason: string): Promise<void> {
      if (!isWanted()) return;
      const delayMs = nextDelay();
      if (delayMs === undefined) {
        giveUp(`${name} died too often to start it again: ${reason}`);
        return;
      }
      tell(`${name} died (${reason}): starting it again`);
      await delay(delayMs);
      if (!isWanted()) return;
      try {
        await start();
        tell(`${name} is back`);
      } catch (error) {
        await revive((error as Error).message);
      }
    }

    return (reason) => void revive(reason);
  };
}

/** How long to wait before the next start; undefined after too many deaths within a minute. */
export function createRestartBudget(now: () => number = Date.now): () => number | undefined {
  let deaths: number[] = [];
  return () => {
    deaths = [...deaths.filter((time) => now() - time < windowMs), now()];
    if (deaths.length >= deathsAllowed) return undefined;
    return Math.min(firstDelayMs * 2 ** (deaths.length - 1), longestDelayMs);
  };
}
