import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { createTracing, tracingConfig } from "../src/index.ts";
import { formatTraceparent, parseTraceparent } from "../src/traceparent.ts";

const context = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

test("a traceparent is read and written", () => {
  assert.deepEqual(parseTraceparent(traceparent), context);
  assert.equal(formatTraceparent(context), traceparent);
  assert.equal(parseTraceparent(traceparent.replace(/01$/, "fe"))?.traceFlags, 0, "one flag is known");
});

test("without an endpoint there is no tracing, and no part of OpenTelemetry is loaded", async () => {
  assert.equal(await createTracing("test", tracingConfig.parse({})), undefined);
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve: (specifier, context, next) => (loaded.push(specifier), next(specifier, context)) });
    const { createTracing, tracingConfig } = await import(${JSON.stringify(join(import.meta.dirname, "../src/index.ts"))});
    await createTracing("test", tracingConfig.parse(JSON.parse(process.argv[1])));
    process.stdout.write(loaded.filter((name) => name.startsWith("@opentelemetry/")).join());
    process.exit();
  `;
  const load = async (env: object) => {
    const args = ["--input-type=module", "--eval", script, JSON.stringify(env)];
    return (await promisify(execFile)(process.execPath, args)).stdout;
  };
  assert.equal(await load({}), "");
  assert.match(
    await load({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" }),
    /@opentelemetry\/sdk-trace/,
  );
});

suite("with an endpoint", () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };

  test("a part goes on with its parent's trace, and with none for what is no traceparent", async () => {
    const tracing = await createTracing("test", tracingConfig.parse(endpoint));
    assert.ok(tracing);
    const part = tracing.start("part", { kind: "client", parent: traceparent });
    assert.equal(part.traceId, context.traceId);
    assert.notEqual(part.traceparent, traceparent);
    const root = tracing.start("root", { kind: "server", parent: "00-no-traceparent-01", link: traceparent });
    assert.notEqual(root.traceId, context.traceId);
  });

  test("a share of 0 is still carried on, unsampled; a parent's decision holds", async () => {
    const tracing = await createTracing(
      "test",
      tracingConfig.parse({ ...endpoint, TRACE_SAMPLE_SHARE: "0" }),
    );
    assert.match(tracing?.start("root", { kind: "server" }).traceparent ?? "", /-00$/);
    assert.match(tracing?.start("part", { kind: "server", parent: traceparent }).traceparent ?? "", /-01$/);
  });

  test("a collector that is away does not keep a process from ending", async () => {
    const tracing = await createTracing("test", tracingConfig.parse(endpoint));
    tracing?.start("root", { kind: "server" }).end({ error: "it failed" });
    await tracing?.close();
  });
});
