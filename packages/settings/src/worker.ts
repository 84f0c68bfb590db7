import { commonConfig, masterKey } from "@condo/http";
import { outboundAllow } from "@condo/outbound";
import { dnsServers } from "@condo/tenancy";
import { z } from "zod";
import { intakeShards } from "./intake-shards.ts";

/** How waits of the schedule are spread, so that what one outage caused does not come back in one moment. */
const jitters = ["added", "full"] as const;

export type Jitter = (typeof jitters)[number];

const milliseconds = z.coerce.number().int().min(1);
const count = (limit: number) => z.coerce.number().int().min(1).max(limit);

/** The schedule that the Standard Webhooks specification recommends, after a first attempt at once. */
const recommendedSchedule = "5000,300000,1800000,7200000,18000000,36000000,50400000,72000000,86400000";

const schedule = z
  .string()
  .default(recommendedSchedule)
  .transform((list) => list.split(",").map(Number))
  .refine(
    (delays) => delays.every((delay) => Number.isInteger(delay) && delay > 0),
    "should be milliseconds, separated by commas",
  )
  .describe("How long to wait before each retry of a delivery; after the last one it is a dead letter");

export const configSchema = commonConfig.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8084).describe("The port of the health checks"),
  CONDO_MASTER_KEY: masterKey,
  INTAKE_SHARDS: intakeShards,
  DELIVERY_CONCURRENCY: count(10_000)
    .default(512)
    .describe("Deliveries that one worker has under way at once"),
  TENANT_CONCURRENCY: count(10_000)
    .default(128)
    .describe("Deliveries of one tenant that one worker has under way at once"),
  TENANT_PER_SECOND: z.coerce
    .number()
    .int()
    .min(0)
    .max(100_000)
    .default(0)
    .describe("Deliveries of one tenant that all workers together begin in a second; 0 for no limit"),
  DESTINATION_CONCURRENCY: count(1_000)
    .default(50)
    .describe("Deliveries to one destination that one worker has under way at once"),
  DELIVERY_CONNECT_TIMEOUT_MS: milliseconds
    .max(60_000)
    .default(5_000)
    .describe("How long connecting to a destination may take"),
  DELIVERY_TIMEOUT_MS: milliseconds
    .max(60_000)
    .default(15_000)
    .describe("How long a destination may take to begin its answer, connecting included"),
  DELIVERY_BODY_TIMEOUT_MS: milliseconds
    .max(60_000)
    .default(5_000)
    .describe("How long a destination may take over the rest of its answer"),
  DELIVERY_GATHER_MS: milliseconds
    .max(60_000)
    .default(25)
    .describe(
      "How long the result of an attempt that nothing waits for may wait, to be recorded with others",
    ),
  CLOSE_TIMEOUT_MS: milliseconds
    .max(20_000)
    .default(20_000)
    .describe(
      "How long a worker that is told to end waits for answers; then it hands back what it had under way",
    ),
  DELIVERY_SCHEDULE_MS: schedule,
  DELIVERY_JITTER: z
    .enum(jitters)
    .default("added")
    .describe(
      "How retries are spread: added, up to a quarter later than the schedule says; full, at any time up to then",
    ),
  DISABLE_AFTER_MS: milliseconds
    .default(432_000_000)
    .describe("A destination that has not answered well for this long is switched off"),
  BREAKER_FAILURES: count(1_000)
    .default(5)
    .describe("Failures in a row after which a destination's circuit breaker opens"),
  BREAKER_FAILURE_SHARE: z.coerce
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .describe("Share of failed attempts within the window that opens a breaker"),
  BREAKER_MIN_ATTEMPTS: count(10_000)
    .default(20)
    .describe("Attempts within the window before their share of failures counts"),
  BREAKER_WINDOW_MS: milliseconds
    .default(60_000)
    .describe("The window in which the share of failures is counted"),
  BREAKER_OPEN_MS: milliseconds.default(10_000).describe("How long a breaker stays open the first time"),
  BREAKER_GROWTH: z.coerce
    .number()
    .min(1)
    .max(10)
    .default(2)
    .describe("Factor of a breaker's open time after each failed probe"),
  BREAKER_OPEN_MAX_MS: milliseconds.default(600_000).describe("How long a breaker stays open at most"),
  BREAKER_PROBES: count(10).default(1).describe("Attempts that have to go well before a breaker closes"),
  AUDIT_RETENTION_DAYS: z.coerce
    .number()
    .int()
    .refine((days) => days === 0 || (days >= 31 && days <= 36_500), "should be 31 or more, or 0 for ever")
    .default(730)
    .describe("How long audit entries are kept; 0 for ever"),
  TENANTS_EVERY_MS: milliseconds
    .max(3_600_000)
    .default(10_000)
    .describe("How often the worker looks for trials that have ended, and for tenants that are to be erased"),
  DNS_SERVERS: dnsServers,
  DOMAINS_EVERY_MS: z.coerce
    .number()
    .int()
    .min(1_000)
    .max(30 * 86_400_000)
    .default(86_400_000)
    .describe("How often a verified domain's record is looked up again"),
  DOMAIN_LAPSE_CHECKS: count(1_000)
    .default(3)
    .describe("Checks in a row that find no record before a verified domain lapses"),
  DOMAIN_LAPSE_AFTER_MS: milliseconds
    .max(365 * 86_400_000)
    .default(172_800_000)
    .describe("How long a verified domain's record has to be missing, at the least, before it lapses"),
  OUTBOUND_ALLOW: outboundAllow,
});

export type Config = z.output<typeof configSchema>;
