import { isIP } from "node:net";
import { isRedisUrl } from "@condo/redis";
import { tracingConfig } from "@condo/tracing";
import { z } from "zod";
import { weakSecrets } from "./weak-secrets.ts";

/** What is wrong with one variable: a sentence that names it, and never its value. */
export interface ConfigIssue {
  /** Undefined where it is what several say together. */
  variable: string | undefined;
  isMissing: boolean;
  sentence: string;
}

/** A variable's value is wrong or missing; the message names it and says what it should be. */
export class ConfigError extends Error {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(({ sentence }) => sentence).join("; "));
    this.issues = issues;
  }
}

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const trustProxy = z
  .string()
  .default("loopback")
  .transform((list) => list.split(",").map((entry) => entry.trim()))
  .refine(
    (entries) => entries.every((entry) => isProxyEntry(entry)),
    "should be addresses, CIDR ranges, or loopback, linklocal, uniquelocal, with commas between",
  )
  .describe(
    "Proxies whose X-Forwarded-* headers are believed: addresses, CIDR ranges, or loopback, uniquelocal",
  );

function isProxyEntry(entry: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(entry)) return true;
  const [address = "", bits, ...rest] = entry.split("/");
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (bits === undefined) return longest > 0;
  return rest.length === 0 && /^\d+$/.test(bits) && Number(bits) > 0 && Number(bits) <= longest;
}

/** Variables that every service reads. */
export const commonConfig = z.object({
  NODE_ENV: z
    .enum(["development", "test", "production"])
    .default("production")
    .describe("What kind of installation this is"),
  LOG_LEVEL: z.enum(logLevels).default("info").describe("How much is logged"),
  HOST: z.string().default("0.0.0.0").describe("The address to listen on"),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe("Postgres, as the role that the service uses"),
  REDIS_URL: z
    .string()
    .refine(isRedisUrl, "should be redis://…, rediss://…, or redis+cluster://node,node…")
    .describe("Redis, or Valkey; a cluster as redis+cluster://, with some of its nodes"),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .default("http://localhost:8080")
    .describe("The origin that callers use"),
  TRUST_PROXY: trustProxy,
  DRAIN_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(60_000)
    .default(0)
    .describe(
      "How long a service says it is not ready before it stops listening, so that a balancer can look away",
    ),
  ...tracingConfig.shape,
  SHED_EVENT_LOOP_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .default(1_000)
    .describe(
      "Delay of the event loop past which requests are answered with 503 and Retry-After; 0 for never",
    ),
  SHED_HEAP_SHARE: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe("Share of the heap in use past which requests are answered with 503; 0 for never"),
  METRICS_PORT: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe(
      "A port for /metrics alone, which no gateway leads to; without it, /metrics is on PORT, for this machine and for METRICS_TOKEN",
    ),
  METRICS_TOKEN: z
    .string()
    .min(16)
    .optional()
    .describe("What a Prometheus on another machine has to send as a bearer token to read /metrics"),
});

export type CommonConfig = z.output<typeof commonConfig>;

export const masterKey = z
  .string()
  .refine(
    (value) => Buffer.from(value, "base64").length === 32,
    "should be 32 bytes in base64 (openssl rand -base64 32)",
  )
  .describe("32 bytes in base64 that secrets at rest are encrypted with");

/**
 * @throws ConfigError that names each variable that is wrong, or in production holds a secret that anybody could guess
 */
export function readConfig<T extends z.ZodType>(
  schema: T,
  env: Record<string, string | undefined>,
): z.output<T> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const result = schema.safeParse(given);
  if (result.success) {
    refuseWeakSecrets(result.data);
    return result.data;
  }
  throw new ConfigError(
    result.error.issues.map(({ path, message }) => {
      const variable = path.join(".");
      if (variable === "") return { variable: undefined, isMissing: false, sentence: message };
      const isMissing = given[variable] === undefined;
      return {
        variable,
        isMissing,
        sentence: isMissing ? `${variable} is missing` : `${variable}: ${message}`,
      };
    }),
  );
}

function refuseWeakSecrets(config: unknown): void {
  if (typeof config !== "object" || config === null) return;
  const values: Record<string, unknown> = { ...config };
  if (values["NODE_ENV"] !== "production") return;
  const weak = weakSecrets(values);
  if (weak.length > 0)
    throw new ConfigError(weak.map((sentence) => ({ variable: undefined, isMissing: false, sentence })));
}
