import { breakerStates } from "@condo/schema";
import { z } from "zod";
import type { BreakerRow } from "../repositories/circuit-breakers.ts";

export const breakerStateSchema = z.enum(breakerStates);

export const circuitBreakerSchema = z
  .object({
    destination_id: z.uuid(),
    destination_name: z.string(),
    state: breakerStateSchema,
    forced: z.boolean().describe("Held open by hand, until a reset"),
    failures: z.int().describe("How often in a row it opened"),
    opened_at: z.iso.datetime().nullable(),
    retry_at: z.iso.datetime().nullable().describe("When the destination is probed next"),
    failing_since: z.iso.datetime().nullable(),
    paused_until: z.iso.datetime().nullable().describe("The destination asked not to be called before"),
    updated_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "CircuitBreaker" });

export function presentBreaker(row: BreakerRow): z.output<typeof circuitBreakerSchema> {
  return {
    destination_id: row.id,
    destination_name: row.destination_name,
    state: row.state,
    forced: row.forced,
    failures: row.failures,
    opened_at: row.opened_at?.toISOString() ?? null,
    retry_at: row.retry_at?.toISOString() ?? null,
    failing_since: row.failing_since?.toISOString() ?? null,
    paused_until: row.paused_until?.toISOString() ?? null,
    updated_at: row.updated_at?.toISOString() ?? null,
  };
}
