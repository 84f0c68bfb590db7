import { networkOf, type Metrics } from "@condo/http";

export interface RefusalLimits {
  /** Refusals of one, a tenant or an address, a second: from then on they wait. */
  perSecond: number;
  /** Of all whose refusals wait, who have equal parts of it. */
  perSecondInAll: number;
  /** As many go out at once before one of them waits. */
  burst: number;
  /** None waits longer. */
  longestMs: number;
  /** As many of one wait at most, and in all; what comes beyond is answered at once. */
  mostOfOne: number;
  mostInAll: number;
}

/**
 * Senders give up after 5 to 30 seconds, gateways after 60. A gateway has two connections for a request that waits:
 * `mostInAll` takes half of those that one process of nginx has, by infra/gateway.
 */
export const refusalLimits: RefusalLimits = {
  perSecond: 500,
  perSecondInAll: 2_000,
  burst: 100,
  longestMs: 5_000,
  mostOfOne: 2_048,
  mostInAll: 4_096,
};

/**
 * Where refusals wait for their turn, so that who is refused again and again takes no time from others: with n requests
 * under way at once it gets `perSecond` answers a second, or n in `longestMs`, as fast as it may send. What is accepted
 * never waits here.
 */
export interface RefusalLine {
  /** Resolves when the refusal may go out; undefined where that is at once. */
  turn(refused: Refused): Promise<void> | undefined;
  /** Lets all go, and nobody wait any more. */
  end(): void;
  waiting(): number;
}

interface Refused {
  /** Undefined where it is not known whose source was meant: it counts for the address then. */
  tenantId: string | undefined;
  address: string;
  /** A connection has one in line at most. One that closes gives up its place. */
  connection: Connection;
}

interface Connection {
  readonly destroyed: boolean;
  once(event: "close", gone: () => void): unknown;
  off(event: "close", gone: () => void): unknown;
}

interface Line {
  waiting: number;
  /** When its next refusal is due. */
  dueAt: number;
}

const maxLines = 10_000;

/**
 * @param clock tells the time in milliseconds
 * @param later runs something after so many milliseconds; what it answers calls that off
 */
export function createRefusalLine(
  metrics: Metrics,
  limits: RefusalLimits = refusalLimits,
  clock: () => number = () => performance.now(),
  later: (run: () => void, ms: number) => () => void = laterByTimer,
): RefusalLine {
  const lines = new Map<string, Line>();
  const connections = new WeakSet<Connection>();
  const waiters = new Set<() => void>();
  /** How many lines somebody waits in. */
  let busy = 0;
  let hasEnded = false;
  metrics.look(
    {
      condo_ingest_refusals_waiting: { help: "Refused requests that wait for their answer" },
      condo_ingest_refusals_waiting_limit: { help: "How many may wait" },
    },
    () => ({
      condo_ingest_refusals_waiting: waiters.size,
      condo_ingest_refusals_waiting_limit: limits.mostInAll,
    }),
  );

  function lineOf(key: string): Line {
    const line = lines.get(key) ?? { waiting: 0, dueAt: -Infinity };
    lines.delete(key);
    lines.set(key, line);
    const oldest = lines.size > maxLines ? lines.keys().next() : undefined;
    if (oldest?.done === false) lines.delete(oldest.value);
    return line;
  }

  /** @returns how long the next of a line waits, which it then has taken */
  function placeIn(line: Line, now: number): number {
    const sharing = line.waiting === 0 ? busy + 1 : busy;
    const spacingMs = Math.max(1 / limits.perSecond, sharing / limits.perSecondInAll) * 1_000;
    const waitMs = line.dueAt - now;
    if (waitMs <= limits.longestMs) {
      line.dueAt = Math.max(line.dueAt, now - (limits.burst - 1) * spacingMs) + spacingMs;
      return Math.max(0, waitMs);
    }
    // Spread, or those that came together would go out, and come back, together.
    return limits.longestMs * (0.5 + Math.random() / 2);
  }

  function wait(line: Line, connection: Connection, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const go = () => {
        callOff();
        connection.off("close", go);
        connections.delete(connection);
        waiters.delete(go);
        if (--line.waiting === 0) busy--;
        resolve();
      };
      const callOff = later(go, ms);
      connection.once("close", go);
      connections.add(connection);
      waiters.add(go);
      if (line.waiting++ === 0) busy++;
    });
  }

  return {
    turn({ tenantId, address, connection }) {
      if (hasEnded || connection.destroyed) return undefined;
      const now = clock();
      const line = lineOf(tenantId ?? networkOf(address));
      const waitMs = placeIn(line, now);
      const isFull = line.waiting >= limits.mostOfOne || waiters.size >= limits.mostInAll;
      if (waitMs === 0 || isFull || connections.has(connection)) return undefined;
      return wait(line, connection, waitMs);
    },
    end() {
      hasEnded = true;
      for (const go of waiters) go();
    },
    waiting: () => waiters.size,
  };
}

function laterByTimer(run: () => void, ms: number): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
