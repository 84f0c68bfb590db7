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

/** The installation that is looked at: the parts that answered. */
export interface Patient {
  env: Record<string, string | undefined>;
  trx: PlatformTrx;
  /** Undefined without a REDIS_URL, or when it does not answer. */
  redis: RedisConnection | undefined;
}

export type Check = (patient: Patient) => Promise<Finding>;

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
