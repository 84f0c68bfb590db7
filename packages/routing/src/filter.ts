import { z } from "zod";
import { jsonPointer, valueAt } from "./json-pointer.ts";

const scalar = z.union([z.string().max(1_000), z.number(), z.boolean(), z.null()]);
const orderable = z.union([z.string().max(1_000), z.number()]);

const condition = z
  .discriminatedUnion("op", [
    z.strictObject({ pointer: jsonPointer, op: z.literal("eq"), value: scalar }),
    z.strictObject({ pointer: jsonPointer, op: z.literal("ne"), value: scalar }),
    z.strictObject({ pointer: jsonPointer, op: z.literal("in"), value: z.array(scalar).min(1).max(100) }),
    z.strictObject({ pointer: jsonPointer, op: z.literal("exists"), value: z.boolean() }),
    z.strictObject({ pointer: jsonPointer, op: z.literal("gt"), value: orderable }),
    z.strictObject({ pointer: jsonPointer, op: z.literal("lt"), value: orderable }),
    z.strictObject({ pointer: jsonPointer, op: z.literal("prefix"), value: z.string().min(1).max(1_000) }),
  ])
  .meta({ id: "FilterCondition" });

export type Condition = z.output<typeof condition>;

/** Conditions on the payload, all of which have to hold. */
export const filterSchema = z.array(condition).max(20);

export type Filter = z.output<typeof filterSchema>;

/** Tells whether a payload meets every condition; an empty filter lets everything through. */
export function matchesFilter(filter: Filter, payload: unknown): boolean {
  return filter.every((item) => holds(item, valueAt(payload, item.pointer)));
}

function holds(item: Condition, found: unknown): boolean {
  switch (item.op) {
    case "eq":
      return found === item.value;
    case "ne":
      return found !== item.value;
    case "in":
      return (item.value as unknown[]).includes(found);
    case "exists":
      return (found !== undefined) === item.value;
    case "gt":
      return compare(found, item.value) > 0;
    case "lt":
      return compare(found, item.value) < 0;
    case "prefix":
    default:
      return typeof found === "string" && found.startsWith(item.value);
  }
}

/** NaN, which is neither more nor less, for what can't be compared: a number and a string, or anything else. */
function compare(found: unknown, value: string | number): number {
  if (typeof found === "number" && typeof value === "number") return found - value;
  if (typeof found === "string" && typeof value === "string") {
    return found === value ? 0 : found < value ? -1 : 1;
  }
  return Number.NaN;
}
