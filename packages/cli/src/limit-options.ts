import { limitOverrides } from "@condo/tenancy";
import { InvalidArgumentError } from "commander";
import type { z } from "zod";
import { CommandProblem } from "./terminal.ts";

export const noLimits: Readonly<Record<string, unknown>> = {};

const words: Record<string, unknown> = { none: null, yes: true, no: false };

/** Reads `name=value` beside those before it: a number, `none` for no quota, `yes` or `no` for a feature. */
export function readLimit(text: string, before: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const [name = "", value = "", ...rest] = text.split("=");
  if (value.trim() === "" || rest.length > 0) throw new InvalidArgumentError("It should be name=value.");
  const limit = { [name]: Object.hasOwn(words, value) ? words[value] : Number(value) };
  const parsed = limitOverrides.safeParse(limit);
  if (!parsed.success)
    throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? "It is no limit"}.`);
  return { ...before, ...limit };
}

/** Limits as {@link readLimit} reads them, by their names. */
export function writeLimits(limits: Record<string, unknown>): string {
  const wordOf = (value: unknown) =>
    Object.keys(words).find((word) => words[word] === value) ?? String(value);
  return Object.keys(limits)
    .toSorted()
    .map((name) => `${name}=${wordOf(limits[name])}`)
    .join(", ");
}

/** @throws CommandProblem when what stands in the database is no limit of this version */
export function overridesOf(limits: Record<string, unknown>): z.output<typeof limitOverrides> {
  const parsed = limitOverrides.safeParse(limits);
  if (parsed.success) return parsed.data;
  throw new CommandProblem("bad_limits", "The tenant's own limits can't be read: add --plan-limits");
}
