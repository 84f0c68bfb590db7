import type { ColumnType, Generated, Selectable } from "kysely";

export const replayStatuses = ["running", "done", "cancelled"] as const;
export type ReplayStatus = (typeof replayStatuses)[number];

/** Dead letters that are sent again, at a rate. */
export interface ReplaysTable {
  id: string;
  tenant_id: string;
  destination_id: string | null;
  /** A type, `prefix.*` or `*`. */
  event_type: string | null;
  since: Date | null;
  until: Date | null;
  rate_per_second: number;
  status: Generated<ReplayStatus>;
  /** Dead letters that fitted when the replay was asked for. */
  total: number;
  replayed: Generated<number>;
  /** The last one that was sent again. */
  after_delivery_id: Generated<string | null>;
  next_step_at: Generated<Date>;
  created_at: ColumnType<Date, never, never>;
  finished_at: Generated<Date | null>;
}

export type Replay = Selectable<ReplaysTable>;
