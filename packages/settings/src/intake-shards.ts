import { z } from "zod";

/** The variable of every service that reads or writes the intake: they have to agree. */
export const intakeShards = z.coerce
  .number()
  .int()
  .min(1)
  .max(256)
  .default(1)
  .describe("Streams that the intake is spread over; the same for every service");
