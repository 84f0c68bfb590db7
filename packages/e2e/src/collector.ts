import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "@condo/testing";

/** A span as it came over the wire. */
export interface ReceivedSpan {
  service: string;
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the root of a trace. */
  parentSpanId: string;
  linkedTraceIds: string[];
}

export interface Collector {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string;
  spans: ReceivedSpan[];
}

/** An OpenTelemetry collector: takes traces as OTLP over HTTP, in protobuf. */
export async function startCollector(): Promise<Collector> {
  const collector: Collector = { url: "", spans: [] };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const isTraces = request.url === "/v1/traces";
      const isProtobuf = request.headers["content-type"] === "application/x-protobuf";
      if (isTraces && isProtobuf) collector.spans.push(...spansIn(Buffer.concat(chunks)));
      response.writeHead(isTraces && isProtobuf ? 200 : 400).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  collector.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return collector;
}

/** Numbers of the fields in opentelemetry-proto's `ExportTraceServiceRequest` and below. */
function spansIn(message: Buffer): ReceivedSpan[] {
  return all(message, 1).flatMap((resourceSpans) => {
    const attributes = all(resourceSpans, 1).flatMap((resource) => all(resource, 1));
    const named = attributes.find((attribute) => text(attribute, 1) === "service.name");
    const service = named
      ? all(named, 2)
          .map((value) => text(value, 1))
          .join("")
      : "";
    const spans = all(resourceSpans, 2).flatMap((scopeSpans) => all(scopeSpans, 2));
    return spans.map((span) => ({
      service,
      name: text(span, 5),
      traceId: hex(span, 1),
      spanId: hex(span, 2),
      parentSpanId: hex(span, 4),
      linkedTraceIds: all(span, 13).map((link) => hex(link, 1)),
    }));
  });
}

/** Every value of a length-delimited field of a protobuf message. */
function all(message: Buffer, wanted: number): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  const varint = () => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = message.readUInt8(at++);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    if (type === 0) varint();
    else if (type === 1) at += 8;
    else if (type === 5) at += 4;
    else {
      const length = varint();
      if (field === wanted) found.push(message.subarray(at, at + length));
      at += length;
    }
  }
  return found;
}

function text(message: Buffer, field: number): string {
  return all(message, field)[0]?.toString("utf8") ?? "";
}

function hex(message: Buffer, field: number): string {
  return all(message, field)[0]?.toString("hex") ?? "";
}
