import { z } from "zod";
import type { Tracing } from "./tracing.ts";

/** Variables that every process of Condo reads. */
export const tracingConfig = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "An OpenTelemetry collector (OTLP over HTTP, such as http://collector:4318) that traces are sent to",
    ),
  TRACE_SAMPLE_SHARE: z.coerce.number().min(0).max(1).default(1).describe("Share of traces that are sent"),
  TRUST_TRACEPARENT: z
    .enum(["0", "1"])
    .default("0")
    .transform((flag) => flag === "1")
    .describe(
      "1 continues the trace of a request's traceparent, which a gateway has to replace or remove then",
    ),
});

export type TracingConfig = z.output<typeof tracingConfig>;

/** @returns undefined where nothing is traced; the SDK is not even loaded then */
export async function createTracing(
  service: string,
  { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, TRACE_SAMPLE_SHARE: share }: TracingConfig,
): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { startTracing } = await import("./otlp.ts");
  return startTracing(service, endpoint, share);
}
