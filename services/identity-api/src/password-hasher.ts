import { availableParallelism } from "node:os";
import argon2 from "argon2";
import { hashingBusy } from "./errors.ts";

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const parameters = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** More at once than cores makes every hash slower, and keeps files and DNS from libuv's threads. */
const atOnce = availableParallelism();
const queueLimit = atOnce * 32;

/** Hashes and verifies passwords, a bounded number at once. Past the bound callers get a 503. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /**
   * @param stored the hash to compare with; undefined for an unknown user, which takes as long and answers false
   */
  verify(stored: string | undefined, password: string): Promise<boolean>;
}

export async function createPasswordHasher(): Promise<PasswordHasher> {
  const gate = createGate(atOnce, queueLimit);
  const decoy = await argon2.hash("a password that nobody has", parameters);
  return {
    hash: (password) => gate(() => argon2.hash(password, parameters)),
    verify: (stored, password) =>
      gate(async () => {
        const matches = await argon2.verify(stored ?? decoy, password);
        return matches && stored !== undefined;
      }),
  };
}

/** Runs at most `limit` tasks at once and lets `queued` more wait. */
function createGate(limit: number, queued: number): <T>(task: () => Promise<T>) => Promise<T> {
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
