import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, suite, test } from "node:test";
import { promisify } from "node:util";
import {
  call,
  registerTenant,
  scrape,
  standardHeaders,
  standardSecret,
  startReceiver,
  startTestFleet,
  type Scrape,
  type TenantApi,
  type TestFleet,
} from "@condo/e2e";
import { findProgram, type Program } from "@condo/engines";
import { eventually } from "@condo/testing";
import { Redis } from "ioredis";
import { parse } from "yaml";
import { z } from "zod";

const infra = join(import.meta.dirname, "../../../infra");
const secret = standardSecret();

let fleet: TestFleet;
let tenants: [TenantApi, TenantApi];
let told: Scrape;

function look(): Promise<Scrape> {
  const { gateway: _, ...services } = fleet.services;
  return scrape(Object.values(services).map(({ url }) => url));
}

function post(tenant: TenantApi, id: string, headers: Record<string, string> = {}) {
  const body = '{"type":"order.created"}';
  return tenant.post("orders", body, { ...standardHeaders(secret, id, body), ...headers });
}

/** A run in which everything happens that is told of: what goes well, and what does not. */
before(async () => {
  fleet = await startTestFleet({
    DELIVERY_SCHEDULE_MS: "50",
    DELIVERY_JITTER: "full",
    BREAKER_FAILURES: "2",
  });
  tenants = [await registerTenant(fleet.origin), await registerTenant(fleet.origin)];
  const [well, ill] = [await startReceiver(), await startReceiver()];
  ill.answer = () => 500;
  for (const [tenant, receiver] of [
    [tenants[0], well],
    [tenants[1], ill],
  ] as const) {
    await tenant.createSource("orders", "standard-webhooks", secret);
    await tenant.createDestination(receiver.url);
  }
  await post(tenants[0], "msg_1");
  await post(tenants[0], "msg_1");
  await post(tenants[0], "msg_2", { "webhook-signature": "v1,AAAA" });
  await post(tenants[1], "msg_3");
  await call(fleet.origin, "POST", "/api/v1/auth/login", {
    email: tenants[0].email,
    password: "a wrong one",
  });
  await eventually("a dead letter", async () => {
    told = await look();
    return (
      told.sum("condo_delivery_attempts_total", { outcome: "dead" }) === 1 &&
      told.sum("condo_intake_entries") === 0 &&
      told.sum("condo_circuit_breaker_transitions_total", { state: "open" }) >= 1
    );
  });
});

suite("a running fleet tells", () => {
  const figures: [name: string, labels: Record<string, string>, value: number][] = [
    ["condo_ingest_webhooks_total", { status: "accepted", engine: "redis" }, 2],
    ["condo_ingest_webhooks_total", { status: "duplicate", engine: "redis" }, 1],
    ["condo_ingest_rejections_total", { reason: "wrong_signature", provider: "standard-webhooks" }, 1],
    ["condo_drain_entries_total", { outcome: "recorded" }, 2],
    ["condo_delivery_attempts_total", { outcome: "delivered", answer: "2xx", kind: "http" }, 1],
    ["condo_delivery_attempts_total", { outcome: "retry", answer: "5xx", kind: "http" }, 1],
    ["condo_delivery_attempts_total", { outcome: "dead", answer: "5xx", kind: "http" }, 1],
    ["condo_delivery_latency_seconds_count", { plan: "standard", attempt: "first" }, 1],
    ["condo_intake_entries", {}, 0],
    ["condo_intake_bytes", {}, 0],
    ["condo_intake_set_aside", {}, 0],
    ["condo_http_request_duration_seconds_count", { route: "/api/v1/auth/register", status: "2xx" }, 2],
    ["condo_build_info", {}, 4],
  ];
  for (const [name, labels, value] of figures) {
    test(`${name} ${JSON.stringify(labels)}`, () => assert.equal(told.sum(name, labels), value));
  }

  test("what hashing passwords took, and how each process is", () => {
    assert.ok(told.sum("condo_password_hash_duration_seconds_count") >= 5);
    for (const component of ["identity-api", "tenant-api", "webhook-ingest", "worker"]) {
      for (const name of ["nodejs_eventloop_lag_p99_seconds", "condo_postgres_pool_connections"]) {
        assert.ok(
          told.series.some((one) => one.name === name && one.labels["component"] === component),
          `${name} of ${component}`,
        );
      }
      assert.equal(told.sum("condo_dependency_up", { component }), 2);
    }
  });

  test("how far each consumer group is; groups that are named by ids are one", async () => {
    const redis = new Redis(fleet.redisUrl);
    try {
      for (const group of ["billing", `replica-${randomUUID()}`, `replica-${randomUUID()}`]) {
        await redis.xgroup("CREATE", "condo:events:webhooks", group, "0");
      }
      const lags = await eventually("lags", async () => {
        const found = (await look()).series.filter(
          ({ name, labels }) => name === "condo_event_group_lag" && labels["area"] === "webhooks",
        );
        return found.some(({ labels }) => labels["group"] === "billing") && found;
      });
      const groups = Object.fromEntries(lags.map(({ labels, value }) => [labels["group"], value]));
      assert.deepEqual(Object.keys(groups).toSorted(), [
        "billing",
        "identity-api",
        "other",
        "webhook-ingest",
      ]);
      assert.ok(Number(groups["billing"]) > 0);
    } finally {
      redis.disconnect();
    }
  });
});

suite("labels", () => {
  const ids = /[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}|[0-9a-f]{16}|@|:\/\//i;

  test("are of few values: no id, no address, nothing that a caller chose", async () => {
    const mark = "qzxqzx";
    const strange = Array.from({ length: 40 }, (_, index) => `${mark}${index}`);
    const { services, origin } = fleet;
    await Promise.all(
      strange.flatMap((name) => [
        call(origin, "GET", `/api/v1/${name}`),
        call(origin, "POST", `/api/v1/webhooks/${name}`, {}, { "x-tenant-id": name }),
        call(services["webhook-ingest"].url, "GET", `/${name}`),
        call(services["identity-api"].url, "GET", `/${name}`, undefined, { authorization: `Bearer ${name}` }),
        tenants[0].call("GET", `/webhook-sources/${randomUUID()}`),
      ]),
    );
    const now = await look();
    assert.ok(!now.text.includes(mark));
    for (const { name, labels } of now.series) {
      for (const [label, value] of Object.entries(labels)) {
        assert.doesNotMatch(value, ids, `${name} has ${label}="${value}"`);
        assert.ok(value.length <= 80, `${name} has ${label}="${value}"`);
        for (const tenant of tenants) assert.ok(!value.includes(tenant.slug), `${name}: ${label}`);
      }
    }
    const byMetric = Map.groupBy(
      now.series.filter(({ labels }) => !("route" in labels)),
      ({ name, labels: { component } }) => `${name} of ${component}`,
    );
    for (const [name, series] of byMetric) assert.ok(series.length < 60, `${name}: ${series.length} series`);
  });

  test("are not for the world: the gateway leads to no /metrics", async () => {
    for (const path of ["/metrics", "/metrics/", "//metrics", "/api/v1/metrics", "/docs/../metrics"]) {
      const answer = await call(fleet.origin, "GET", path);
      assert.ok([401, 404].includes(answer.status), `${path}: ${answer.status}`);
      assert.ok(!JSON.stringify(answer.body).includes("condo_build_info"));
    }
  });
});

const ruleSchema = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(["critical", "warning", "info"]) }),
  annotations: z.object({ summary: z.string(), runbook_url: z.string() }),
});
const rulesSchema = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(ruleSchema) })) });
const dashboardSchema = z.object({
  uid: z.string(),
  panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })).min(1) })),
});

const alertsFile = join(infra, "prometheus/alerts.yml");
const alerts = rulesSchema
  .parse(parse(readFileSync(alertsFile, "utf8")))
  .groups.flatMap(({ rules }) => rules);
const dashboardsDir = join(infra, "grafana/dashboards");
const dashboards = readdirSync(dashboardsDir).map((file) =>
  dashboardSchema.parse(JSON.parse(readFileSync(join(dashboardsDir, file), "utf8"))),
);
const expressions = [
  ...alerts.map(({ alert, expr }) => ({ of: alert, expr })),
  ...dashboards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ of: `${uid}: ${title}`, expr }))),
  ),
];

suite("dashboards and alerts", () => {
  test("name metrics that exist, with labels that they have", () => {
    assert.ok(expressions.length > 80, `${expressions.length} expressions`);
    const fromPrometheus = new Set(["instance", "job"]);
    for (const { of, expr } of expressions) {
      for (const [, name = "", matchers = ""] of expr.matchAll(
        /\b((?:condo|nodejs|process)_\w+)(?:\{([^}]*)\})?/g,
      )) {
        const metric = name.replace(/_(bucket|sum|count)$/, "");
        assert.ok(told.types.has(name) || told.types.get(metric) === "histogram", `${of}: no metric ${name}`);
        const labels = told.series
          .filter((one) => one.name === name)
          .flatMap((one) => Object.keys(one.labels));
        for (const [, label = ""] of matchers.matchAll(/(\w+)\s*[=!]~?\s*"/g)) {
          if (labels.length === 0 || fromPrometheus.has(label)) continue;
          assert.ok(labels.includes(label), `${of}: ${name} has no ${label}`);
        }
      }
    }
  });

  test("name routes that exist", () => {
    const routes = new Set(told.series.map(({ labels }) => labels["route"]));
    for (const { of, expr } of expressions) {
      for (const [, route = ""] of expr.matchAll(/route="([^"]+)"/g)) {
        if (route !== "/api/v1/auth/refresh") assert.ok(routes.has(route), `${of}: no route ${route}`);
      }
    }
  });

  test("lead to a section of the runbooks that is there, and every section is led to", () => {
    const runbooks = readFileSync(join(infra, "runbooks.md"), "utf8");
    const anchors = [...runbooks.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => anchorOf(title));
    const named = new Set<string>();
    for (const { alert, annotations } of alerts) {
      const [file, anchor = ""] = annotations.runbook_url.split("#");
      assert.equal(file, "infra/runbooks.md", alert);
      assert.ok(anchors.includes(anchor), `${alert}: no section ${anchor}`);
      named.add(anchor);
    }
    assert.deepEqual([...named].toSorted(), anchors.toSorted());
    for (const [, anchor = ""] of runbooks.matchAll(/\]\(#([^)]+)\)/g)) {
      assert.ok(anchors.includes(anchor), `the runbooks: no section ${anchor}`);
    }
  });

  test("are read by Prometheus, and so are the metrics", async () => {
    const promtool = await findProgram({ program: "promtool", package: "prometheus", probe: ["--version"] });
    const dir = await mkdtemp(join(tmpdir(), "condo-rules-"));
    try {
      const { url } = fleet.services.worker;
      const now = (await (await fetch(`${url}/metrics`)).text()).trim().split("\n\n");
      const panels = expressions.map(({ expr }, index) => ({
        record: `panel:${index}`,
        expr: expr.replaceAll("$__rate_interval", "5m"),
      }));
      const file = join(dir, "panels.yml");
      await writeFile(file, JSON.stringify({ groups: [{ name: "panels", rules: panels }] }));
      await runTool(promtool, ["check", "rules", alertsFile, file]);
      await runTool(promtool, ["check", "config", join(infra, "prometheus/prometheus.yml")]);
      // What the client names by itself is its own.
      const own = now.filter((block) => block.includes(" condo_"));
      await runTool(promtool, ["check", "metrics"], `${own.join("\n\n")}\n`);
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});

/** As the places where Markdown is read make an anchor of a heading. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\- ]/g, "")
    .replaceAll(" ", "-");
}

async function runTool({ file, env }: Program, args: readonly string[], input?: string): Promise<void> {
  const child = promisify(execFile)(file, [...args], { env: { ...process.env, ...env } });
  child.child.stdin?.end(input);
  await child;
}
