export { createTracing, tracingConfig, type TracingConfig } from "./create-tracing.ts";
export { isTraceparent } from "./traceparent.ts";
export type { Span, SpanAttributes, SpanStart, Tracing } from "./tracing.ts";
