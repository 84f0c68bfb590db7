import type { RedisConnection } from "@condo/redis";
import type { PlatformTrx } from "@condo/schema";

/** What a check saw. A warning is for the operator to judge; a problem is wrong. */
export interface Finding {
  check: string;
  status: "ok" | "warning" | "problem";
  what: string;
  /** What it leads to, and what to do; of everything that is not well. */
  why?: string;
  fix?: string;
}

/** What a check may look at: what the command was told, and of the engines the one that its kind is about. */
export interface Told {
  env: Record<string, string | undefined>;
  /** Share of a file system that has to be free. */
  leastFree: number;
}

export interface DatabasePatient extends Told {
  trx: PlatformTrx;
}

export interface RedisPatient extends Told {
  redis: RedisConnection;
}

export type Check<P extends Told> = (patient: P) => Promise<Finding>;

export function well(check: string, what: string): Finding {
  return { check, status: "ok", what };
}

export function problem(check: string, what: string, why: string, fix: string): Finding {
  return { check, status: "problem", what, why, fix };
}

export function warning(check: string, what: string, why: string, fix: string): Finding {
  return { check, status: "warning", what, why, fix };
}

/** A time as a person says it. */
export function ago(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** An amount of storage as a person says it. */
export function size(bytes: number): string {
  const gibibytes = bytes / 2 ** 30;
  if (gibibytes >= 1) return `${gibibytes.toFixed(1)} GiB`;
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}
