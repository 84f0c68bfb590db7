import type { Bench } from "./bench.ts";
import type { Goal, Line } from "./figure.ts";
import type { ClosedLoop } from "./load/closed-loop.ts";
import type { DeliveryLoop, DeliveryResult } from "./load/delivery-loop.ts";
import type { Load } from "./load/load.ts";
import type { WebhookPlan } from "./load/requests.ts";
import { bodyBytes, tenantsPlan } from "./figures/deliver/tenants.ts";
import { numbersFor } from "./figures/numbers.ts";
import type { TargetOptions } from "./options.ts";
import { alternate, ratios, type Rounds } from "./rounds.ts";
import { medianOf } from "./spread.ts";

const tenants = 4;
const [perSecond, window, connections] = [500, 2_000, 64];
const settleMs = 20_000;
/** A system that delivers nothing for so long has delivered what it had. */
const quietMs = 1_000;
const quietLimitMs = 60_000;

/**
 * Drives another webhook system over HTTP as Condo is driven, in turn with it. It has to accept what is signed so, and to
 * deliver to the receiver; what is delivered is known by a number in its body, in whatever it is wrapped.
 */
export async function measureTarget(bench: Bench, target: TargetOptions): Promise<Line[]> {
  const load = await bench.load();
  const { url: receiver } = await load.receiver();
  const { url, headers, signing } = target;
  const peer: WebhookPlan = { kind: "webhook", url, headers, signing, size: bodyBytes };
  await assertDelivers(load, peer, receiver);
  const condo = await tenantsPlan(bench, tenants, receiver);
  const rounds = bench.isQuick ? 1 : 3;
  const options = { connections, warmUpMs: bench.warmUpMs, durationMs: bench.durationMs };

  const inTurn = <T>(measure: (plan: WebhookPlan) => Promise<T>): Promise<Rounds<T, T>> =>
    alternate(
      rounds,
      () => measure(peer),
      () => measure(condo),
    );
  const deliver = (pace: DeliveryLoop["pace"]) => (plan: WebhookPlan) =>
    load.deliveryLoop({ ...options, plan, pace, settleMs, firstNumber: numbersFor(1_000_000) });
  const accept = async (plan: WebhookPlan) => {
    const loop: ClosedLoop = { ...options, plan, firstNumber: numbersFor(1_000_000), prepared: 0 };
    const result = await load.closedLoop(loop);
    // What is left undelivered would be in the other's way.
    await load.quiet(quietMs, quietLimitMs);
    return result;
  };

  const delivered = await inTurn(deliver({ window }));
  const timed = await inTurn(deliver({ perSecond }));
  const accepted = await inTurn(accept);
  const missing = ({ floor, condo }: Rounds<DeliveryResult, DeliveryResult>): string => {
    const of = (results: DeliveryResult[]) => results.reduce((sum, { missing }) => sum + missing, 0);
    return `did not arrive within ${settleMs / 1000} s: ${of(condo)} of Condo, ${of(floor)} of the peer`;
  };
  const statuses = accepted.floor.map(({ statuses }) => JSON.stringify(statuses)).join(" ");
  const lineOf = comparing(url);
  return [
    lineOf(accepted, ({ perSecond }) => perSecond, {
      what: "accepted",
      unit: "req/s",
      how: `closed loop, ${connections} connections`,
      notes: [`the peer's answers by status: ${statuses}`],
    }),
    lineOf(delivered, ({ deliveredPerSecond }) => deliveredPerSecond, {
      what: "accepted and delivered",
      unit: "events/s",
      goal: { atLeast: 3 },
      how: `closed loop over the whole way, ${window} events accepted and not yet delivered at once`,
      notes: [missing(delivered)],
    }),
    ...(["p50", "p99"] as const).map((part) =>
      lineOf(timed, ({ deliveries }) => deliveries[part], {
        what: `first delivery attempt, ${part}`,
        unit: "ms",
        goal: { atMost: 0.2 },
        how: `open loop, ${perSecond}/s, from when a request was due to its arrival`,
        notes: [missing(timed)],
      }),
    ),
  ];
}

/** @throws an error that says which part of the way does not work */
async function assertDelivers(load: Load, plan: WebhookPlan, receiver: string): Promise<void> {
  const once = { plan, connections: 1, warmUpMs: 0, durationMs: 30_000, prepared: 0 };
  const [first] = [numbersFor(1)];
  const { statuses } = await load.closedLoop({ ...once, mostRequests: 1, firstNumber: first });
  const [status = "0"] = Object.keys(statuses);
  if (!status.startsWith("2")) {
    const answer = status === "0" ? "closed the connection on" : `answered ${status} to`;
    throw new Error(
      `${plan.url} ${answer} a webhook signed as ${plan.signing.scheme}: it takes none of these`,
    );
  }
  if (!(await load.quiet(quietMs, settleMs))) {
    throw new Error(
      `${plan.url} accepted a webhook, and brought nothing to ${receiver} within ${settleMs / 1000} s`,
    );
  }
}

function comparing(url: string) {
  return <T extends { cpu: number }>(
    { floor: peer, condo }: Rounds<T, T>,
    of: (result: T) => number,
    { unit, ...line }: { what: string; unit: string; goal?: Goal; how: string; notes: string[] },
  ): Line => ({
    ...line,
    value: { value: medianOf(condo.map(of)), unit },
    floor: { name: url, value: medianOf(peer.map(of)), unit },
    rounds: ratios(condo.map(of), peer.map(of)),
    unit: "×",
    loadCores: Math.max(...[...condo, ...peer].map(({ cpu }) => cpu)),
  });
}
