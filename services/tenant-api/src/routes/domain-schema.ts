import { domainStatuses, type TenantDomain } from "@condo/schema";
import { domainName, recordOf } from "@condo/tenancy";
import { z } from "zod";

export const domainParams = z.object({
  domain: domainName.describe("Which of the tenant's domains, in any case"),
});

export const domainSchema = z
  .object({
    domain: z.string(),
    status: z
      .enum(domainStatuses)
      .describe("Only a `verified` one stands for the tenant; `lapsed` is one whose record is gone"),
    record: z
      .object({ type: z.literal("TXT"), name: z.string(), value: z.string() })
      .describe("What DNS has to say, for as long as the domain is to stand for the tenant"),
    created_at: z.iso.datetime(),
    checked_at: z.iso.datetime().nullable().describe("When DNS last said whether the record is there"),
    verified_at: z.iso.datetime().nullable(),
    missing_since: z.iso
      .datetime()
      .nullable()
      .describe("Since when DNS says that a verified domain has no record; if that goes on, it lapses"),
  })
  .meta({ id: "TenantDomain" });

export function presentDomain(row: TenantDomain): z.output<typeof domainSchema> {
  return {
    domain: row.domain,
    status: row.status,
    record: { type: "TXT", ...recordOf(row) },
    created_at: row.created_at.toISOString(),
    checked_at: row.checked_at?.toISOString() ?? null,
    verified_at: row.verified_at?.toISOString() ?? null,
    missing_since: row.missing_since?.toISOString() ?? null,
  };
}
