import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import {
  registerTenant,
  standardHeaders,
  standardSecret,
  startCollector,
  startReceiver,
  startTestFleet,
  type Collector,
  type ReceivedSpan,
  type Receiver,
  type TenantApi,
  type TestFleet,
} from "@condo/e2e";
import { eventually } from "@condo/testing";

const secret = standardSecret();
const body = '{"type":"order.created"}';

let fleet: TestFleet;
let collector: Collector;
let receiver: Receiver;
let tenant: TenantApi;
/** nginx makes no spans: behind it a trace begins at the service, and a stranger's context does not arrive. */
let isGatewayTraced: boolean;

before(async () => {
  collector = await startCollector();
  fleet = await startTestFleet(
    { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, DELIVERY_SCHEDULE_MS: "100,100" },
    { gateway: "node" },
  );
  isGatewayTraced = fleet.gateway === "node";
  receiver = await startReceiver();
  tenant = await registerTenant(fleet.origin);
  await tenant.createSource("orders", "standard-webhooks", secret);
  await tenant.createDestination(receiver.url);
});

async function post(headers: Record<string, string> = {}): Promise<string> {
  const answer = await tenant.post("orders", body, {
    ...standardHeaders(secret, `msg_${randomUUID()}`, body),
    ...headers,
  });
  assert.equal(answer.status, 202);
  return answer.body.id;
}

async function attemptsOf(eventId: string, count: number): Promise<string[]> {
  const isAttempt = ({ headers }: Receiver["received"][number]) => headers["webhook-id"] === eventId;
  await eventually(`${count} attempts`, async () => receiver.received.filter(isAttempt).length === count);
  return receiver.received.filter(isAttempt).map(({ headers }) => String(headers["traceparent"]));
}

async function traceOf(
  traceId: string,
  isWhole: (spans: ReceivedSpan[]) => boolean,
): Promise<ReceivedSpan[]> {
  return eventually("the spans", async () => {
    const spans = collector.spans.filter((span) => span.traceId === traceId);
    return isWhole(spans) && spans;
  });
}

const hasRoot = (spans: ReceivedSpan[]) => spans.some(({ parentSpanId }) => parentSpanId === "");
const partsOf = (traceparent: string) => traceparent.split("-").slice(1, 3) as [string, string];

suite("a webhook's trace", () => {
  test("is one from the gateway to every request to the destination", async () => {
    let calls = 0;
    receiver.answer = () => (calls++ === 0 ? 500 : 200);
    const eventId = await post();
    const sent = await attemptsOf(eventId, 2);
    const [[traceId, first], [again, second]] = sent.map(partsOf) as [[string, string], [string, string]];
    assert.equal(again, traceId, "a retry belongs to the same trace");
    const spans = await traceOf(traceId, (found) => found.length === (isGatewayTraced ? 8 : 7));

    const one = (service: string, name: string) => {
      const found = spans.filter((span) => span.service === service && span.name.startsWith(name));
      assert.equal(found.length, 1, `${service}: ${name} in ${JSON.stringify(spans)}`);
      return found[0] as ReceivedSpan;
    };
    const accept = one("webhook-ingest", "POST /api/v1/webhooks/:service_name");
    if (isGatewayTraced) {
      const gateway = one("gateway", "POST");
      assert.equal(gateway.parentSpanId, "");
      assert.equal(accept.parentSpanId, gateway.spanId);
    } else {
      assert.equal(accept.parentSpanId, "");
    }
    assert.equal(one("webhook-ingest", "webhook append").parentSpanId, accept.spanId);
    assert.equal(one("worker", "webhook record").parentSpanId, accept.spanId);
    const delivered = spans.filter(({ name }) => name === "webhook deliver");
    assert.ok(delivered.every((span) => span.service === "worker" && span.parentSpanId === accept.spanId));
    assert.deepEqual(delivered.map(({ spanId }) => spanId).toSorted(), [first, second].toSorted());
    // The retry went by BullMQ.
    const schedule = one("worker", "webhook schedule");
    assert.equal(schedule.parentSpanId, first);
    assert.equal(one("worker", "webhook wake").parentSpanId, schedule.spanId);
  });

  test("is told in the log lines of its request", async () => {
    const requestId = randomUUID();
    const { status } = await tenant.post("orders", body, { "x-request-id": requestId });
    assert.equal(status, 401);
    const line = await eventually("a log line", async () => {
      const lines = fleet.logs().split("\n");
      return lines.find((each) => each.includes(requestId) && each.includes("webhook rejected"));
    });
    const { trace_id: traceId } = JSON.parse(line) as { trace_id?: string };
    await traceOf(traceId ?? "", (found) => found.some(({ service }) => service === "webhook-ingest"));
  });
});

suite("a stranger's traceparent", () => {
  const strangers = () => randomBytes(16).toString("hex");

  test("is linked and not continued", async () => {
    const stranger = strangers();
    const [traceId] = partsOf(
      (await attemptsOf(await post({ traceparent: `00-${stranger}-00f067aa0ba902b7-01` }), 1))[0] ?? "",
    );
    assert.notEqual(traceId, stranger);
    const spans = await traceOf(traceId, hasRoot);
    const root = spans.find(({ parentSpanId }) => parentSpanId === "");
    assert.deepEqual(root?.linkedTraceIds, isGatewayTraced ? [stranger] : []);
    assert.ok(!collector.spans.some((span) => span.traceId === stranger));
  });

  test("that says not to sample it does not keep us from it", async () => {
    const eventId = await post({ traceparent: `00-${strangers()}-00f067aa0ba902b7-00` });
    const [traceId] = partsOf((await attemptsOf(eventId, 1))[0] ?? "");
    await traceOf(traceId, (found) => found.length >= 4);
  });

  test("that is none costs nobody anything", async () => {
    const id = strangers();
    const malformed = [
      "",
      "00",
      `01-${id}-00f067aa0ba902b7-01`,
      `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
      `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
      `00-${id}-${"0".repeat(16)}-01`,
      `00-${id}-00f067aa0ba902b7-01-more`,
      `00-${id}-00f067aa0ba902b7-0x`,
      "x".repeat(8_000),
    ];
    await Promise.all(
      malformed.map(async (traceparent) => {
        const eventId = await post({ traceparent, tracestate: "a=b,".repeat(500), baggage: "k=v" });
        const [traceId] = partsOf((await attemptsOf(eventId, 1))[0] ?? "");
        assert.match(traceId, /^[0-9a-f]{32}$/);
        const spans = await traceOf(traceId, hasRoot);
        const links = spans.flatMap(({ linkedTraceIds }) => linkedTraceIds);
        assert.deepEqual(links, [], traceparent.slice(0, 80));
      }),
    );
  });
});
