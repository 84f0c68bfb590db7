import type { ColumnType, Generated, Selectable } from "kysely";

/** An endpoint, or a Redis stream of the tenant's. */
export const destinationKinds = ["http", "stream"] as const;
export type DestinationKind = (typeof destinationKinds)[number];

export interface WebhookDestinationsTable {
  id: string;
  tenant_id: string;
  name: string;
  kind: Generated<DestinationKind>;
  /** Null for a stream. */
  url: string | null;
  /** Null for an endpoint. */
  stream_name: Generated<string | null>;
  event_types: string[];
  services: Generated<string[]>;
  /** Conditions as `@condo/routing` reads them. */
  filter: ColumnType<unknown[], string | undefined, string>;
  /** A JSONata expression; null leaves the body as it came. */
  transform: Generated<string | null>;
  header_names: Generated<string[]>;
  /** JSON of names and values. */
  headers_sealed: Generated<Buffer | null>;
  /** Null for the worker's schedule. */
  retry_delays_ms: Generated<number[] | null>;
  timeout_ms: Generated<number | null>;
  /** A JSON pointer into the payload. */
  order_key: Generated<string | null>;
  max_in_flight: Generated<number | null>;
  max_per_second: Generated<number | null>;
  /** What differs from the worker's settings, as `@condo/routing` reads it. */
  breaker: ColumnType<Record<string, unknown>, string | undefined, string>;
  is_active: Generated<boolean>;
  disabled_reason: string | null;
  disabled_at: Generated<Date | null>;
  created_at: ColumnType<Date, never, never>;
  updated_at: ColumnType<Date, never, Date>;
  /** Counts its changes, by a trigger. */
  version: ColumnType<number, never, never>;
  deleted_at: Date | null;
}

export type WebhookDestination = Selectable<WebhookDestinationsTable>;
