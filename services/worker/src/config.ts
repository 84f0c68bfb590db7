import { commonConfig, masterKey } from "@condo/http";
import ipaddr from "ipaddr.js";
import { z } from "zod";

const milliseconds = z.coerce.number().int().min(1);

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

const allowList = z
  .string()
  .default("")
  .transform((list) =>
    list
      .split(",")
      .map((entry) => entry.trim())
      .filter(Boolean),
  )
  .refine(
    (ranges) => ranges.every((range) => ipaddr.isValidCIDR(range)),
    "should be CIDR ranges, separated by commas",
  )
  .describe("Private or loopback networks that destinations may lie in, such as 10.1.0.0/16");

export const configSchema = commonConfig.extend({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8084).describe("The port of the health checks"),
  CONDO_MASTER_KEY: masterKey,
  INTAKE_SHARDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(1)
    .describe("Streams that the intake is spread over; the same for every service"),
  DELIVERY_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(100)
    .describe("Deliveries that one worker has under way at once"),
  DESTINATION_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000)
    .default(50)
    .describe("Deliveries that one worker has under way to one destination at once"),
  DELIVERY_TIMEOUT_MS: milliseconds
    .max(60_000)
    .default(15_000)
    .describe("How long a destination may take to answer"),
  DELIVERY_SCHEDULE_MS: schedule,
  BREAKER_FAILURES: z.coerce
    .number()
    .int()
    .min(1)
    .default(5)
    .describe("Failures in a row after which a destination's circuit breaker opens"),
  BREAKER_OPEN_MS: milliseconds
    .default(10_000)
    .describe("How long a breaker stays open the first time; twice as long each time that the probe fails"),
  BREAKER_OPEN_MAX_MS: milliseconds.default(600_000).describe("How long a breaker stays open at most"),
  OUTBOUND_ALLOW: allowList,
});

export type Config = z.output<typeof configSchema>;
