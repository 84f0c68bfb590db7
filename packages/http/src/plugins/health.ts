import type { FastifyInstance } from "fastify";
import fp from "fastify-plugin";
import { z } from "zod";
import { answerWithin } from "../answer-within.ts";

/** A thing that a service depends on: resolves when it answers, rejects when it does not. */
export interface HealthCheck {
  check: () => Promise<unknown>;
  /** Whether the service is of no use without it. */
  required: boolean;
}

declare module "fastify" {
  interface FastifyInstance {
    /** Turns readiness off, ahead of a close. */
    startDraining(): void;
  }
}

const checkTimeoutMs = 2_000;

const healthSchema = z.object({
  status: z.enum(["ok", "degraded", "unavailable", "draining"]),
  service: z.string(),
  checks: z.record(z.string(), z.enum(["ok", "failing"])),
});

/** `/health/live`: the process answers. `/health/ready`: it can do its work, and is not about to close. */
export const health = fp(
  async (app: FastifyInstance, options: { service: string; checks: Record<string, HealthCheck> }) => {
    let draining = false;
    app.decorate("startDraining", () => {
      draining = true;
    });

    app.route({
      method: "GET",
      url: "/health/live",
      config: { access: "public", isUnlimited: true },
      schema: { hide: true },
      handler: async () => ({ status: "ok", service: options.service }),
    });

    app.route({
      method: "GET",
      url: "/health/ready",
      config: { access: "public", isUnlimited: true },
      schema: { hide: true },
      handler: async (_request, reply) => {
        const checks = await runChecks(options.checks);
        const failing = Object.keys(checks).filter((name) => checks[name] === "failing");
        const unusable = failing.some((name) => options.checks[name]?.required);
        const status = draining
          ? "draining"
          : unusable
            ? "unavailable"
            : failing.length > 0
              ? "degraded"
              : "ok";
        reply.code(draining || unusable ? 503 : 200);
        return healthSchema.parse({ status, service: options.service, checks });
      },
    });
  },
);

async function runChecks(checks: Record<string, HealthCheck>): Promise<Record<string, "ok" | "failing">> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await answers(check)] as const),
  );
  return Object.fromEntries(results);
}

/** @param limitMs past which it counts as failing */
export async function answers(
  { check }: HealthCheck,
  limitMs: number = checkTimeoutMs,
): Promise<"ok" | "failing"> {
  return answerWithin(limitMs, check).then(
    () => "ok" as const,
    () => "failing" as const,
  );
}
