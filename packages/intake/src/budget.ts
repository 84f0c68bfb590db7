import type { RedisConnection } from "@condo/redis";
import { spentForMs } from "./allowances.ts";
import { heldOf } from "./shards.ts";

/** How much may wait in the intake: bytes and events, of all tenants together and of each. */
export interface IntakeLimits {
  bytes: number;
  events: number;
  tenantBytes: number;
  tenantEvents: number;
}

export type Shortage = "intake" | "tenant" | "month";

const explanations: Record<Shortage, string> = {
  intake: "the intake is full",
  tenant: "the tenant's part of the intake is full",
  month: "the tenant has taken in as many events as its plan allows in a month",
};

/** The intake, or the tenant, has taken as much as it may: nothing was taken, nothing was trimmed. */
export class OverBudget extends Error {
  override name = "OverBudget";
  readonly shortage: Shortage;

  constructor(shortage: Shortage) {
    super(explanations[shortage]);
    this.shortage = shortage;
  }
}

/** What is known without asking is this old at most while somebody is over budget. */
const recheckMs = 200;
const maxTenants = 10_000;

/**
 * Remembers who is over budget, so that a body that can't be stored need not be read. The counts themselves are kept in
 * Redis, by the scripts that append and remove; this asks for them while somebody is over, and else costs nothing.
 */
export interface BudgetGate {
  /** Who stands in the way of an event of the tenant, as far as is known; Redis being away is not its business. */
  check(tenantId: string): Promise<Shortage | null>;
  /** An append has shown the tenant, or the intake, to be at its limit. */
  close(tenantId: string | null): void;
  /** An append has shown that the tenant's month is used up. */
  closeMonth(tenantId: string): void;
}

/** Shards fill evenly, so each has its part of the budgets. */
export function limitsOfShard(limits: IntakeLimits, shards: number): IntakeLimits {
  const part = (whole: number) => Math.max(1, Math.ceil(whole / shards));
  return {
    bytes: part(limits.bytes),
    events: part(limits.events),
    tenantBytes: part(limits.tenantBytes),
    tenantEvents: part(limits.tenantEvents),
  };
}

export function createBudgetGate(redis: RedisConnection, shards: number, limits: IntakeLimits): BudgetGate {
  const perShard = limitsOfShard(limits, shards);
  /** When it was last seen over; `null` stands for the whole intake. */
  const closed = new Map<string | null, number>();
  const asking = new Map<string | null, Promise<boolean>>();
  /** Until when, by `performance.now()`, a tenant's month is taken to be used up. */
  const months = new Map<string, number>();

  function isMonthClosed(tenantId: string): boolean {
    const until = months.get(tenantId);
    if (until === undefined) return false;
    if (until > performance.now()) return true;
    months.delete(tenantId);
    return false;
  }

  async function isOver(tenantId: string | null): Promise<boolean> {
    const [bytesName, eventsName] = tenantId === null ? ["b", "n"] : [`b:${tenantId}`, `n:${tenantId}`];
    const held = await Promise.all(
      Array.from({ length: shards }, (_, shard) => redis.hmget(heldOf(shard), bytesName, eventsName)),
    );
    const [bytes, events] =
      tenantId === null ? [perShard.bytes, perShard.events] : [perShard.tenantBytes, perShard.tenantEvents];
    return held.some(([b, n]) => Number(b ?? 0) >= bytes || Number(n ?? 0) >= events);
  }

  async function ask(tenantId: string | null): Promise<boolean> {
    try {
      const over = await isOver(tenantId);
      if (over) closed.set(tenantId, Date.now());
      else closed.delete(tenantId);
      return over;
    } catch {
      // Redis is away: events go to Postgres meanwhile, and the next append that Redis takes tells anew.
      closed.delete(tenantId);
      return false;
    } finally {
      asking.delete(tenantId);
    }
  }

  async function isClosed(tenantId: string | null): Promise<boolean> {
    const seenAt = closed.get(tenantId);
    if (seenAt === undefined) return false;
    if (Date.now() - seenAt < recheckMs) return true;
    const question = asking.get(tenantId) ?? ask(tenantId);
    asking.set(tenantId, question);
    return question;
  }

  return {
    async check(tenantId) {
      if (months.size > 0 && isMonthClosed(tenantId)) return "month";
      if (closed.size === 0) return null;
      if (await isClosed(null)) return "intake";
      return (await isClosed(tenantId)) ? "tenant" : null;
    },
    close(tenantId) {
      if (closed.size < maxTenants) closed.set(tenantId, Date.now());
    },
    closeMonth(tenantId) {
      if (months.size < maxTenants) months.set(tenantId, performance.now() + spentForMs);
    },
  };
}
