import ipaddr from "ipaddr.js";
import { z } from "zod";

/** The variable that names what may be dialled besides public addresses. */
export const outboundAllow = z
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
  .describe(
    "Private or loopback networks that destinations and identity providers may lie in, such as 10.1.0.0/16",
  );
