import { hashingBusy } from "./errors.ts";

export type Gate = <T>(task: () => Promise<T>) => Promise<T>;

/** Runs at most `limit` tasks at once and lets `queued` more wait; past that, callers get a 503. */
export function createGate(limit: number, queued: number): Gate {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running < limit) running++;
    else {
      if (waiting.length >= queued) throw hashingBusy();
      // The place is handed over by the one that leaves, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}

/** As many gates as there are keys in use. */
export function createKeyedGate(
  limit: number,
  queued: number,
): <T>(key: string, task: () => Promise<T>) => Promise<T> {
  const gates = new Map<string, { gate: Gate; users: number }>();
  return async (key, task) => {
    const entry = gates.get(key) ?? { gate: createGate(limit, queued), users: 0 };
    gates.set(key, entry);
    entry.users++;
    try {
      return await entry.gate(task);
    } finally {
      if (--entry.users === 0) gates.delete(key);
    }
  };
}
