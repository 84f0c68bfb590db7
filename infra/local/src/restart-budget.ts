const windowMs = 60_000;
const deathsAllowed = 5;
const firstDelayMs = 250;
const longestDelayMs = 5_000;

/** How long to wait before what died is started again; undefined once it has died too often to go on. */
export type RestartBudget = () => number | undefined;

export function createRestartBudget(now: () => number = Date.now): RestartBudget {
  let deaths: number[] = [];
  return () => {
    deaths = [...deaths.filter((time) => now() - time < windowMs), now()];
    if (deaths.length >= deathsAllowed) return undefined;
    return Math.min(firstDelayMs * 2 ** (deaths.length - 1), longestDelayMs);
  };
}
