import { cpus } from "node:os";
import { hashingMemory } from "@condo/local/fleet-services";
import argon2 from "argon2";
import type { Bench } from "../../bench.ts";
import type { Figure } from "../../figure.ts";
import type { LoadResult } from "../../load/closed-loop.ts";
import type { DeliveryResult } from "../../load/delivery-loop.ts";
import type { RequestPlan } from "../../load/requests.ts";
import { startFloor } from "../../machine/floor-process.ts";
import { alternate, ratios } from "../../rounds.ts";
import { medianOf } from "../../spread.ts";
import { registerTenant, type BenchTenant } from "../../tenant.ts";

const mePerSecond = 100;
/** As identity-api hashes: OWASP's parameters for argon2id. */
const parameters = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** P5: how many logins a second, and what they do to those who are logged in already. */
export const logins: Figure = {
  id: "P5",
  title: "logins",
  seconds: { full: 60, quick: 6 },
  async take(bench) {
    const fleet = await bench.fleet();
    const load = await bench.load();
    const identity = fleet.services["identity-api"];
    const tenant = await registerTenant(fleet.origin);
    const login = loginPlan(identity.url, tenant);
    const cores = cpus().length;
    const rounds = bench.isQuick ? 1 : 3;
    const durationMs = bench.durationMs * (bench.isQuick ? 1 : 2);
    const hash = await argon2.hash(tenant.password, parameters);

    const logIn = (): Promise<LoadResult> =>
      load.closedLoop({
        plan: login,
        connections: cores * 4,
        warmUpMs: bench.warmUpMs,
        durationMs,
        firstNumber: 0,
        prepared: 0,
      });
    const { floor, condo } = await alternate(
      rounds,
      () => hashes(bench, hash, tenant.password, cores),
      () => bench.watch(identity.pid, logIn),
    );
    for (const { statuses } of condo) {
      if (Object.keys(statuses).some((status) => status !== "200")) {
        throw new Error(`logins were refused: ${JSON.stringify(statuses)}`);
      }
    }

    const askMe = (): Promise<DeliveryResult> => load.deliveryLoop(mePlan(identity.url, tenant, durationMs));
    const { floor: calm, condo: beside } = await alternate(rounds, askMe, async () => {
      const [asked] = await Promise.all([askMe(), logIn()]);
      return asked;
    });
    const rates = condo.map(({ perSecond }) => perSecond);
    const ideal = floor.map(({ one }) => one * cores);
    const p99Of = (results: DeliveryResult[]) => results.map(({ answers }) => answers.p99);
    return [
      {
        what: "logins",
        value: { value: medianOf(rates), unit: "logins/s" },
        floor: { name: "cores ÷ the time of one argon2id hash", value: medianOf(ideal), unit: "hashes/s" },
        rounds: ratios(rates, ideal),
        unit: "×",
        goal: { atLeast: 0.95 },
        how: `closed loop, ${cores * 4} connections, one user`,
        loadCores: Math.max(...condo.map(({ cpu }) => cpu)),
        notes: [
          `${cores} hashes at once in a process of their own come to ${medianOf(floor.map(({ all }) => all)).toFixed(0)}/s on this machine: ` +
            `the ratio to that is ${medianOf(
              ratios(
                rates,
                floor.map(({ all }) => all),
              ),
            ).toFixed(2)}`,
        ],
      },
      {
        what: "p99 of GET /auth/me while logins saturate",
        value: { value: medianOf(p99Of(beside)), unit: "ms" },
        floor: { name: "the same without logins", value: medianOf(p99Of(calm)), unit: "ms" },
        rounds: ratios(p99Of(beside), p99Of(calm)),
        unit: "×",
        goal: { atMost: 2 },
        how: `open loop, ${mePerSecond}/s`,
        notes: [],
        loadCores: Math.max(...[...calm, ...beside].map(({ cpu }) => cpu)),
        plots: [
          {
            title: "GET /auth/me while logins saturate",
            kind: "latency",
            x: "percentile",
            y: "ms",
            series: [
              { name: "without logins", points: calm.at(-1)?.answers.curve ?? [] },
              { name: "beside them", points: beside.at(-1)?.answers.curve ?? [] },
            ],
          },
        ],
      },
    ];
  },
};

async function hashes(
  bench: Bench,
  hash: string,
  password: string,
  cores: number,
): Promise<{ one: number; all: number }> {
  const floor = await startFloor(new URL("./floor.ts", import.meta.url), {
    ...hashingMemory,
    HASH: hash,
    PASSWORD: password,
    CORES: String(cores),
    DURATION_MS: String(bench.durationMs),
  });
  await floor.stop();
  return { one: Number(floor.ready["one"]), all: Number(floor.ready["all"]) };
}

function loginPlan(url: string, { email, password, slug }: BenchTenant): RequestPlan {
  const body = JSON.stringify({ email, password, tenant_slug: slug });
  return { kind: "post", url: `${url}/api/v1/auth/login`, headers: {}, bodies: [body] };
}

function mePlan(url: string, { accessToken }: BenchTenant, durationMs: number) {
  const plan: RequestPlan = {
    kind: "get",
    url: `${url}/api/v1/auth/me`,
    headers: { authorization: `Bearer ${accessToken}` },
  };
  const pace = { perSecond: mePerSecond };
  return { plan, pace, connections: 32, warmUpMs: 500, durationMs, settleMs: 0, firstNumber: 0 };
}
