import { availableParallelism } from "node:os";
import argon2 from "argon2";
import { createMetrics } from "@condo/http";
import { createGate } from "./gate.ts";
import { hashBehindRequests } from "./hashing-priority.ts";
import { measuredGate } from "./hashing-metrics.ts";

/** OWASP's parameters for argon2id: 19 MiB, two passes, one lane. */
const owasp: Argon2Parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

interface Argon2Parameters {
  memoryCost: number;
  timeCost: number;
  parallelism: number;
}

/** Hashes and verifies passwords, a bounded number at once. Past the bound callers get a 503. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /**
   * @param find the hash to compare with, asked for once there is room; none for an unknown user or one without a password,
   *   which takes as long and answers false
   */
  verify(find: () => Promise<string | null | undefined>, password: string): Promise<boolean>;
  /** Whether a hash is weaker or dearer than those made now, so that it should be made anew when the password is next at hand. */
  isOutdated(stored: string): boolean;
}

/** How many passwords may wait for their turn before callers are told to come back. */
export const hashingQueueLimit = availableParallelism() * 32;

export async function createPasswordHasher({
  parameters = owasp,
  // More at once than cores makes every hash slower, and keeps files and DNS from libuv's threads.
  atOnce = availableParallelism(),
  queueLimit = hashingQueueLimit,
  metrics = createMetrics("identity-api"),
} = {}): Promise<PasswordHasher> {
  const admission = createGate(atOnce + queueLimit, 0);
  const gate = measuredGate(createGate(atOnce, Infinity), metrics);
  const options = { ...parameters, type: argon2.argon2id } as const;
  const decoy = await argon2.hash("a password that nobody has", options);
  hashBehindRequests();
  return {
    hash: (password) => admission(() => gate(() => argon2.hash(sameForm(password), options))),
    verify: (find, password) =>
      admission(async () => {
        const stored = await find();
        if (stored && bcryptCostOf(stored) !== undefined) return gate(() => verifyBcrypt(stored, password));
        const known = stored && argon2Of(stored) ? stored : undefined;
        const matches = await gate(() => argon2.verify(known ?? decoy, sameForm(password)));
        return matches && known !== undefined;
      }),
    isOutdated(stored) {
      const made = argon2Of(stored);
      return (
        made?.memoryCost !== parameters.memoryCost ||
        made.timeCost !== parameters.timeCost ||
        made.parallelism !== parameters.parallelism
      );
    },
  };
}

/**
 * What a hash that was made elsewhere may cost to be taken over. Whoever brings it along can have it computed at every
 * wrong guess, so no more than the defaults of what people come from: bcrypt of 12, PHP's argon2id (65536, 4, 1) and
 * Django's (102400, 2, 8) take some seven times what ours does.
 */
const mostTaken = { bcryptCost: 12, memoryCost: 131_072, memoryPasses: 262_144, parallelism: 8 };

/** Which hashes can be taken over, in words. */
export const usableHashes = `bcrypt of cost ${mostTaken.bcryptCost} at most, or argon2id with m of ${mostTaken.memoryCost}, m times t of ${mostTaken.memoryPasses} and p of ${mostTaken.parallelism} at most`;

/** Whether a hash that was made elsewhere can be taken over. */
export function isUsableHash(stored: string): boolean {
  const bcryptCost = bcryptCostOf(stored);
  if (bcryptCost !== undefined) return bcryptCost <= mostTaken.bcryptCost;
  const made = argon2Of(stored);
  return (
    made !== undefined &&
    made.memoryCost <= mostTaken.memoryCost &&
    made.memoryCost * made.timeCost <= mostTaken.memoryPasses &&
    made.parallelism <= mostTaken.parallelism
  );
}

function bcryptCostOf(stored: string): number | undefined {
  const cost = /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/.exec(stored)?.[1];
  return cost === undefined ? undefined : Number(cost);
}

/** Its library is loaded for the first hash that was brought along; where all were made here, it never is. */
async function verifyBcrypt(stored: string, password: string): Promise<boolean> {
  const { verify } = await import("@node-rs/bcrypt");
  return verify(password, stored);
}

const argon2Shape =
  /^\$argon2id\$v=19\$((?:[mtp]=\d{1,6},?){3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;

/** What it was made with, unless that is dearer than any hash that was ever taken over. */
function argon2Of(stored: string): Argon2Parameters | undefined {
  const given = new URLSearchParams(argon2Shape.exec(stored)?.[1]?.replaceAll(",", "&"));
  const [memoryCost, timeCost, parallelism] = ["m", "t", "p"].map((name) => Number(given.get(name)));
  if (!memoryCost || !timeCost || !parallelism) return undefined;
  const isBearable = memoryCost <= 262_144 && timeCost <= 16 && parallelism <= 16;
  return isBearable ? { memoryCost, timeCost, parallelism } : undefined;
}

/** Keyboards differ in how they put accents together; the password is the same (NIST 800-63B-4, 3.1.1.2). */
function sameForm(password: string): string {
  return password.normalize("NFC");
}
