import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Context,
  type Span as OtelSpan,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";
import type { Span, Tracing } from "./tracing.ts";

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};
const sendEveryMs = 500;
const closeLimitMs = 3_000;

/** @param share of traces, by their ids; what belongs to a trace goes with it */
export function startTracing(service: string, endpoint: string, share: number): Tracing {
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, "")}/v1/traces` });
  const provider = new TracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(
      resourceFromAttributes({ "service.name": service, "service.namespace": "condo" }),
    ),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: sendEveryMs })],
  });
  const tracer = provider.getTracer("condo");

  return {
    start(name, { kind, parent, link, startedAt, attributes = {} }) {
      const linked = parseTraceparent(link);
      const span = tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          attributes,
          ...(startedAt ? { startTime: startedAt } : {}),
          ...(linked ? { links: [{ context: { ...linked, isRemote: true } }] } : {}),
        },
        contextOf(parent),
      );
      return spanOf(span);
    },
    async close() {
      // A collector that does not answer must not keep a process from ending.
      await provider.forceFlush({ timeoutMillis: closeLimitMs }).catch(() => undefined);
      await provider.shutdown().catch(() => undefined);
    },
  };
}

function contextOf(parent: string | null | undefined): Context {
  const remote = parseTraceparent(parent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, { ...remote, isRemote: true }) : ROOT_CONTEXT;
}

function spanOf(span: OtelSpan): Span {
  const context = span.spanContext();
  return {
    traceId: context.traceId,
    traceparent: formatTraceparent(context),
    end({ error, attributes } = {}) {
      if (attributes) span.setAttributes(attributes);
      if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    },
  };
}
