import type { Generated, Selectable } from "kysely";

export const breakerStates = ["closed", "open", "half_open"] as const;
export type BreakerState = (typeof breakerStates)[number];

export interface CircuitBreakersTable {
  tenant_id: string;
  destination_id: string;
  state: Generated<BreakerState>;
  /** Held open by an operator: until a reset, no time closes it. */
  forced: Generated<boolean>;
  /** How often in a row it opened without closing between. */
  failures: Generated<number>;
  opened_at: Date | null;
  /** When it may be probed; for a half-open one, when its prober is given up. Null for one held open. */
  retry_at: Date | null;
  /** The destination has not once answered well since. */
  failing_since: Date | null;
  /** The destination asked not to be called before. */
  paused_until: Date | null;
  updated_at: Generated<Date>;
}

export type CircuitBreaker = Selectable<CircuitBreakersTable>;
