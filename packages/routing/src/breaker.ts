import { z } from "zod";

/** How a destination's circuit breaker differs from the worker's settings. */
export const breakerSchema = z
  .strictObject({
    failures: z.int().min(1).max(1_000).optional().describe("Failures in a row that open it"),
    failure_share: z
      .number()
      .gt(0)
      .max(1)
      .optional()
      .describe("Share of failed attempts within the window that opens it, once it has seen `min_attempts`"),
    min_attempts: z.int().min(1).max(10_000).optional(),
    window_ms: z.int().min(1_000).max(3_600_000).optional(),
    open_ms: z.int().min(100).max(3_600_000).optional().describe("How long it stays open the first time"),
    open_max_ms: z.int().min(100).max(86_400_000).optional(),
    growth: z.number().min(1).max(10).optional().describe("Factor of the open time after each failed probe"),
    probes: z.int().min(1).max(10).optional().describe("Attempts that have to go well before it closes"),
  })
  .meta({ id: "BreakerSettings" });

export type BreakerOverrides = z.output<typeof breakerSchema>;
