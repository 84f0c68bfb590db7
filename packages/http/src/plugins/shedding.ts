import { monitorEventLoopDelay } from "node:perf_hooks";
import { getHeapStatistics } from "node:v8";
import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import type { CommonConfig } from "../config.ts";
import type { Metrics } from "../metrics/metrics.ts";
import { unavailable } from "../problem.ts";

/** Past what requests are turned away; 0, or left out, for never. */
export type SheddingLimits = Partial<Pick<CommonConfig, "SHED_EVENT_LOOP_DELAY_MS" | "SHED_HEAP_SHARE">>;

type Pressure = "event_loop_delay" | "heap";

const sampleMs = 500;
const resolutionMs = 10;
const retrySeconds = 2;
/** Who looks at a service in trouble has to see it. */
const exempt = new Set(["/health", "/health/live", "/health/ready", "/metrics"]);

/**
 * Turns requests away with 503 and Retry-After, before anything is done for them, while this process can't keep up: those
 * that it does take are answered in time then. One long pause is no overload, so two samples in a row have to say so.
 */
export const shedding = fp(
  async (app: FastifyInstance, options: { limits: SheddingLimits; metrics: Metrics }) => {
    const { SHED_EVENT_LOOP_DELAY_MS: mostDelayMs = 0, SHED_HEAP_SHARE: mostHeap = 0 } = options.limits;
    const shed = options.metrics.counter(
      "condo_http_requests_shed_total",
      "Requests that were turned away because the process could not keep up",
      ["reason"],
    );
    const delays = monitorEventLoopDelay({ resolution: resolutionMs });
    let previous: Pressure | undefined;
    let pressure: Pressure | undefined;

    function sample(): void {
      const delayMs = delays.count === 0 ? 0 : delays.mean / 1e6 - resolutionMs;
      delays.reset();
      const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
      const isLate = mostDelayMs > 0 && delayMs > mostDelayMs;
      const isFull = mostHeap > 0 && used > limit * mostHeap;
      const now = isLate ? "event_loop_delay" : isFull ? "heap" : undefined;
      pressure = previous && now;
      previous = now;
    }

    let timer: NodeJS.Timeout | undefined;
    app.addHook("onReady", async () => {
      delays.enable();
      timer = setInterval(sample, sampleMs).unref();
    });
    app.addHook("onClose", async () => {
      clearInterval(timer);
      delays.disable();
    });
    app.addHook("onRequest", (request, _reply, done) => {
      if (pressure === undefined || exempt.has(request.routeOptions.url ?? "")) return done();
      shed.inc({ reason: pressure });
      return done(unavailable("overloaded", "The service can't keep up. Send it again.", retrySeconds));
    });
  },
);
