import type { Metrics } from "@condo/http";

export interface FairLimits {
  /** Work of one tenant that is under way before its next webhook waits. */
  ofOne: number;
  /** And of all tenants, who take turns from then on. */
  inAll: number;
  /** Both grow by as much each `lookMs`, while somebody waits though the event loop has little to do. */
  step: number;
  lookMs: number;
}

/**
 * A webhook is one unit of work, and one more for each `bytesOfUnit`, up to a tenant's share: about 0.1 ms of the event
 * loop's time, each. What is under way together is what another tenant's webhook finds before it, on its way in and on
 * its way out.
 */
export const fairLimits: FairLimits = { ofOne: 32, inAll: 64, step: 64, lookMs: 10 };

const bytesOfUnit = 16 * 1024;

/**
 * Where webhooks wait whose tenant has many under way, so that a flood of them is not in everybody's way. A place is taken
 * once the body is there, and left when the webhook is on stable storage or refused: nothing that a sender may draw out
 * holds one. Nobody is refused here, and none of a tenant overtakes another. Who waits for an answer before it sends again
 * is slowed to what its share of the event loop gives; a disk that is slow slows nobody more than that, for the event loop
 * is idle meanwhile, and then more are let in.
 */
export interface FairLine {
  /** Does the work when there is a place. @param bytes of the body that it is about */
  run<T>(tenantId: string, bytes: number, work: () => Promise<T>): Promise<T>;
  waiting(): number;
}

interface Share {
  underWay: number;
  waiting: { units: number; begin: () => void }[];
}

interface EventLoop {
  /** The time, and how much of it the event loop had nothing to do, in milliseconds. */
  now(): number;
  idle(): number;
  later(run: () => void, ms: number): void;
}

export function createFairLine(
  metrics: Metrics,
  limits: FairLimits = fairLimits,
  eventLoop: EventLoop = thisEventLoop,
): FairLine {
  /** Of tenants that have something under way or waiting. */
  const shares = new Map<string, Share>();
  /** Those of them that wait, whose turn it is first. */
  const inLine = new Map<string, Share>();
  let underWay = 0;
  let waiting = 0;
  let spare = 0;
  let isScheduled = false;
  let isLooking = false;
  metrics.look(
    {
      condo_ingest_webhooks_under_way: { help: "Units of work of webhooks that are verified and stored" },
      condo_ingest_webhooks_waiting: { help: "Webhooks that wait until fewer of their tenant are under way" },
    },
    () => ({ condo_ingest_webhooks_under_way: underWay, condo_ingest_webhooks_waiting: waiting }),
  );

  function hasPlace(share: Share): boolean {
    return share.underWay < limits.ofOne + spare && underWay < limits.inAll + spare;
  }

  function take(share: Share, units: number): void {
    share.underWay += units;
    underWay += units;
  }

  function wait(tenantId: string, share: Share, units: number): Promise<void> {
    inLine.set(tenantId, share);
    waiting++;
    look();
    return new Promise((begin) => share.waiting.push({ units, begin }));
  }

  function leave(tenantId: string, share: Share, units: number): void {
    take(share, -units);
    if (share.underWay === 0 && share.waiting.length === 0) shares.delete(tenantId);
    // What comes of others meanwhile is read first.
    if (inLine.size === 0 || isScheduled) return;
    isScheduled = true;
    setImmediate(letIn);
  }

  function letIn(): void {
    isScheduled = false;
    // Who is put back comes round again.
    for (const [tenantId, share] of inLine) {
      if (underWay >= limits.inAll + spare) return;
      if (!hasPlace(share)) continue;
      inLine.delete(tenantId);
      const next = share.waiting.shift();
      if (!next) continue;
      if (share.waiting.length > 0) inLine.set(tenantId, share);
      waiting--;
      take(share, next.units);
      next.begin();
    }
  }

  /** As long as somebody waits: whether there is time for more. */
  function look(): void {
    if (isLooking) return;
    isLooking = true;
    const [begun, idleBefore] = [eventLoop.now(), eventLoop.idle()];
    eventLoop.later(() => {
      isLooking = false;
      const isIdle = eventLoop.idle() - idleBefore > (eventLoop.now() - begun) / 2;
      spare = isIdle && inLine.size > 0 ? spare + limits.step : 0;
      letIn();
      if (inLine.size > 0) look();
    }, limits.lookMs);
  }

  return {
    async run(tenantId, bytes, work) {
      // No more than its tenant's share: however large it is, there is a place beside it.
      const units = Math.min(1 + Math.floor(bytes / bytesOfUnit), limits.ofOne);
      const share = shares.get(tenantId) ?? { underWay: 0, waiting: [] };
      if (share.underWay === 0) shares.set(tenantId, share);
      if (share.waiting.length === 0 && hasPlace(share)) take(share, units);
      else await wait(tenantId, share, units);
      try {
        return await work();
      } finally {
        leave(tenantId, share, units);
      }
    },
    waiting: () => waiting,
  };
}

const thisEventLoop: EventLoop = {
  now: () => performance.now(),
  idle: () => performance.eventLoopUtilization().idle,
  later: (run, ms) => void setTimeout(run, ms),
};
