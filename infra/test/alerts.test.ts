import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import { promisify } from "node:util";
import { findProgram } from "@condo/engines";
import { root } from "./src/dockerfile.ts";

const alerts = join(root, "infra/prometheus/alerts.yml");

interface Case {
  /** Each series with its values, one a minute, as promtool writes them. */
  series: Record<string, string>;
  at: string;
  alert: string;
  /** The labels of each alert that fires, beside those of the rule. */
  fires: Record<string, string>[];
}

/** @throws with what promtool says, when another alert fires than is expected */
async function assertFires({ series, at, alert, fires }: Case): Promise<void> {
  const promtool = await findProgram({ program: "promtool", package: "prometheus", probe: ["--version"] });
  const dir = await mkdtemp(join(tmpdir(), "condo-alerts-"));
  const unit = {
    rule_files: [alerts],
    tests: [
      {
        interval: "1m",
        input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
        promql_expr_test: [
          {
            expr: `count by (${Object.keys(fires[0] ?? { alertname: "" }).join(", ")}) (ALERTS{alertname="${alert}", alertstate="firing"})`,
            eval_time: at,
            exp_samples: fires.map((labels) => ({ labels: labelsOf(labels), value: 1 })),
          },
        ],
      },
    ],
  };
  try {
    const file = join(dir, "unit.yml");
    await writeFile(file, JSON.stringify(unit));
    await promisify(execFile)(promtool.file, ["test", "rules", file], {
      env: { ...process.env, ...promtool.env },
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}

function labelsOf(labels: Record<string, string>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${value}"`)
    .join(", ")}}`;
}

const services = ["identity-api", "tenant-api", "webhook-ingest", "worker"];
const running = (component: string): [string, string] => [
  `condo_build_info{component="${component}", instance="${component}:9464", job="condo"}`,
  "1x20",
];

suite("alerts", () => {
  for (const gone of services) {
    test(`tell that no ${gone} is left to be scraped`, async () => {
      const others = services.filter((name) => name !== gone);
      const series = Object.fromEntries(others.map(running));
      await assertFires({ series, at: "10m", alert: "CondoServiceGone", fires: [{ component: gone }] });
    });
  }

  test("are silent while there is one of each", async () => {
    const series = Object.fromEntries(services.map(running));
    await assertFires({ series, at: "10m", alert: "CondoServiceGone", fires: [] });
  });

  for (const [what, path, fires] of [
    ["a webhook's acknowledgement takes long", "", [{ alertname: "CondoIngestSlow" }]],
    ["a bulk takes as long as it has to", "/bulk", []],
  ] as const) {
    test(`${fires.length > 0 ? "tell" : "are silent"} when ${what}`, async () => {
      const bucket = (le: string, values: string): [string, string] => [
        `condo_http_request_duration_seconds_bucket{component="webhook-ingest", route="/api/v1/webhooks/:service_name${path}", method="POST", status="2xx", le="${le}"}`,
        values,
      ];
      const series = Object.fromEntries([
        bucket("0.5", "0x30"),
        bucket("5", "0+60x30"),
        bucket("+Inf", "0+60x30"),
      ]);
      await assertFires({ series, at: "20m", alert: "CondoIngestSlow", fires: [...fires] });
    });
  }

  test("are told apart by the test", async () => {
    await assert.rejects(
      assertFires({ series: {}, at: "10m", alert: "CondoServiceGone", fires: [] }),
      /FAILED/,
    );
  });
});
