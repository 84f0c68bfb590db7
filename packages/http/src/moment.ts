import { z } from "zod";

/** Whether ISO 8601 says the moment in four digits of a year, as every answer has it. */
export function isMoment(at: Date): boolean {
  const year = at.getUTCFullYear();
  return year >= 1 && year <= 9999;
}

/** A moment that a caller names: with an offset or in UTC, of the years that an answer can tell. */
export const moment = z.iso
  .datetime({ offset: true })
  .refine((text) => isMoment(new Date(text)), "should be in the years 1 to 9999 (UTC)");
