import type { Logger } from "@condo/http";
import { withPlatform, type Db } from "@condo/schema";
import type { BreakerRow } from "../repositories/circuit-breakers.ts";
import * as repository from "../repositories/circuit-breakers.ts";
import { disableAfterFailing, recordTransition } from "./breaker-records.ts";
import type { WorkerMetrics } from "../worker-metrics.ts";
import type { Destination } from "./destinations.ts";
import { createSampler, settingsFor, type BreakerSettings, type Sampler } from "./sampler.ts";

/** How many requests a destination may get at once, as far as its health goes. */
export interface Allowance {
  /** 0 while its breaker is open or another worker probes it. */
  limit: number;
  /** When to ask again, for a limit of 0; null when the answer changes by an event alone. */
  waitMs: number | null;
  /** Handed back with the report of an attempt: what was begun before a transition says nothing about after it. */
  epoch: number;
}

export interface Breakers {
  /** Asked when there is something to send: when an open breaker's time has come, this starts the probing. */
  allowance(destination: Destination): Allowance;
  report(destination: Destination, isWell: boolean, epoch: number): void;
  /** Leaves a destination alone for a time, in every worker. */
  pause(destination: Destination, pauseMs: number): void;
  /** Takes over what other workers and the API have changed. */
  refresh(): Promise<void>;
  /** Ends when every transition that was begun is written down. */
  settled(): Promise<void>;
}

interface Health {
  tenantId: string;
  state: BreakerRow["state"];
  forced: boolean;
  /** By `performance.now()`; null when no time ends the present state. */
  retryAt: number | null;
  pausedUntil: number;
  /** Of a half-open breaker: this worker probes it. */
  isProber: boolean;
  wells: number;
  /** How many at once, after it closed: one more with each that goes well, so that what waited comes back spread. */
  ramp: number;
  epoch: number;
  sampler: Sampler | undefined;
  changing: boolean;
}

const rampEnd = 1_000;
/** Rows are looked for by when they changed; a transaction may take so long to show its changes. */
const refreshOverlapMs = 35_000;
const healthsKept = 20_000;
const shortestPauseMs = 1_000;
const askAgainMs = 250;

export interface BreakersOptions {
  db: Db;
  settings: BreakerSettings;
  /** How long a probe may take until another worker may try. */
  probingMs: number;
  /** A destination that has not answered well for this long is switched off. */
  disableAfterMs: number;
  /** A destination's health changed: what waits for it may have to be looked at. */
  onChange: (destination: { tenantId: string; id: string }) => void;
  metrics: Pick<WorkerMetrics, "transitions">;
  logger: Logger;
}

/** Circuit breakers that all workers share: each samples by itself, and what one decides holds for all, across restarts. */
export function createBreakers(options: BreakersOptions): Breakers {
  const { db, logger } = options;
  const healths = new Map<string, Health>();
  const writing = new Set<Promise<void>>();
  let refreshedAll = false;

  function healthOf(id: string, tenantId: string): Health {
    let health = healths.get(id);
    if (!health) {
      health = {
        tenantId,
        state: "closed",
        forced: false,
        retryAt: null,
        pausedUntil: 0,
        isProber: false,
        wells: 0,
        ramp: rampEnd,
        epoch: 0,
        sampler: undefined,
        changing: false,
      };
      if (healths.size >= healthsKept) forgetTheWell();
      healths.set(id, health);
    }
    return health;
  }

  function forgetTheWell(): void {
    const now = performance.now();
    for (const [id, { state, pausedUntil, changing }] of healths) {
      if (state === "closed" && pausedUntil < now && !changing) healths.delete(id);
    }
  }

  function apply(row: BreakerRow, isProber = false): void {
    const now = performance.now();
    const health = healthOf(row.destination_id, row.tenant_id);
    const wasState = health.state;
    const retryAt = row.retry_in_ms === null ? null : now + row.retry_in_ms;
    health.pausedUntil = now + (row.paused_for_ms ?? 0);
    health.forced = row.forced;
    health.retryAt = row.state === "closed" ? null : retryAt;
    if (row.state === wasState && !isProber) return;
    if (row.state === "half_open" && health.isProber && wasState === "half_open") return;
    health.state = row.state;
    health.isProber = isProber;
    health.wells = 0;
    health.epoch++;
    if (row.state === "closed") {
      health.ramp = 1;
      health.sampler = undefined;
    }
    options.onChange({ tenantId: row.tenant_id, id: row.destination_id });
  }

  /** One transition of a breaker at a time; it holds when it is written. */
  function change(
    destination: Destination,
    health: Health,
    work: () => Promise<BreakerRow | undefined>,
  ): void {
    if (health.changing) return;
    health.changing = true;
    const done = work()
      .then((row) => {
        if (!row) return refresh();
        options.metrics.transitions.inc({ state: row.state });
        apply(row, row.state === "half_open");
        return undefined;
      })
      .catch((err: unknown) => logger.warn({ err, destination_id: destination.id }, "circuit breaker"))
      .finally(() => {
        health.changing = false;
        writing.delete(done);
        options.onChange(destination);
      });
    writing.add(done);
  }

  function open(destination: Destination, health: Health, from: "closed" | "half_open"): void {
    const settings = settingsFor(options.settings, destination.breaker);
    change(destination, health, () =>
      withPlatform(db, async (trx) => {
        const row = await repository.openBreaker(trx, destination, from, {
          firstMs: settings.openMs,
          growth: settings.growth,
          maxMs: settings.openMaxMs,
        });
        if (!row) return undefined;
        await recordTransition(trx, row, from, logger);
        await disableAfterFailing(trx, row, options.disableAfterMs);
        return row;
      }),
    );
  }

  function probe(destination: Destination, health: Health): void {
    change(destination, health, () =>
      withPlatform(db, async (trx) => {
        const row = await repository.halfOpenBreaker(trx, destination, options.probingMs);
        if (row) await recordTransition(trx, row, "open", logger);
        return row;
      }),
    );
  }

  function close(destination: Destination, health: Health): void {
    change(destination, health, () =>
      withPlatform(db, async (trx) => {
        const row = await repository.closeBreaker(trx, destination);
        if (row) await recordTransition(trx, row, "half_open", logger);
        return row;
      }),
    );
  }

  async function refresh(): Promise<void> {
    const rows = await withPlatform(db, (trx) =>
      refreshedAll
        ? repository.findChangedBreakers(trx, refreshOverlapMs)
        : repository.findTroubledBreakers(trx),
    );
    refreshedAll = true;
    for (const row of rows) if (!healths.get(row.destination_id)?.changing) apply(row);
  }

  return {
    allowance(destination) {
      const settings = settingsFor(options.settings, destination.breaker);
      const health = healthOf(destination.id, destination.tenantId);
      const now = performance.now();
      const { epoch } = health;
      if (health.changing) return { limit: 0, waitMs: askAgainMs, epoch };
      if (health.pausedUntil > now) return { limit: 0, waitMs: health.pausedUntil - now, epoch };
      if (health.state === "closed") return { limit: health.ramp, waitMs: null, epoch };
      if (health.forced) return { limit: 0, waitMs: null, epoch };
      if (health.isProber) {
        const limit = Math.max(0, settings.probes - health.wells);
        // A prober that found nothing to send, or could not tell how it went, probes anew.
        if (health.retryAt !== null && health.retryAt > now) return { limit, waitMs: askAgainMs, epoch };
      }
      if (health.retryAt === null) return { limit: 0, waitMs: null, epoch };
      if (health.retryAt > now) return { limit: 0, waitMs: health.retryAt - now, epoch };
      probe(destination, health);
      return { limit: 0, waitMs: askAgainMs, epoch };
    },

    report(destination, isWell, epoch) {
      const settings = settingsFor(options.settings, destination.breaker);
      const health = healthOf(destination.id, destination.tenantId);
      if (epoch !== health.epoch || health.changing) return;
      if (health.state === "closed") {
        health.sampler ??= createSampler(settings);
        if (isWell) {
          health.sampler.success();
          health.ramp = Math.min(rampEnd, health.ramp + 1);
        } else if (health.sampler.failure()) open(destination, health, "closed");
      } else if (health.state === "half_open" && health.isProber) {
        if (!isWell) open(destination, health, "half_open");
        else if (++health.wells >= settings.probes) close(destination, health);
      }
    },

    pause(destination, pauseMs) {
      const health = healthOf(destination.id, destination.tenantId);
      const until = performance.now() + pauseMs;
      // Requests that were under way are all told the same: once is enough to write it down.
      if (until - health.pausedUntil < shortestPauseMs) return;
      health.pausedUntil = until;
      const done = withPlatform(db, (trx) => repository.pauseDestination(trx, destination, pauseMs))
        .catch((err: unknown) => logger.warn({ err, destination_id: destination.id }, "pause"))
        .finally(() => writing.delete(done));
      writing.add(done);
    },

    refresh,
    async settled() {
      await Promise.all(writing);
    },
  };
}
