export type SpanAttributes = Record<string, string | number | boolean>;

export interface SpanStart {
  kind: "server" | "client" | "producer" | "consumer";
  /** `traceparent` of the span that this one is a part of; one that can't be read counts as none. */
  parent?: string | null | undefined;
  /** `traceparent` of a span that this one has to do with, and is no part of. */
  link?: string | null | undefined;
  /** By this process's clock; now by default. */
  startedAt?: Date;
  attributes?: SpanAttributes;
}

/** A part of a trace. */
export interface Span {
  readonly traceId: string;
  /** What a part of this one is started with, here or in another process. */
  readonly traceparent: string;
  /** @param outcome what is known only now; an error marks the span as failed */
  end(outcome?: { error?: string | undefined; attributes?: SpanAttributes }): void;
}

/** Makes spans and sends them away, in batches. */
export interface Tracing {
  start(name: string, options: SpanStart): Span;
  /** Sends what waits. */
  close(): Promise<void>;
}
