import { createHash } from "node:crypto";
import type { TenantErasure } from "@condo/schema";
import { z } from "zod";

/** What is left of an erased tenant: that everything of it is gone, and at whose word. */
export const eraseCertificateSchema = z
  .object({
    tenant_id: z.uuid(),
    slug: z.string(),
    requested_by: z.string().describe("`user:<id>`, `key:<id>`, `service:<name>` or `operator:<name>`"),
    requested_at: z.iso.datetime(),
    started_at: z.iso.datetime(),
    finished_at: z.iso.datetime(),
    erased: z.record(z.string(), z.int()).describe("Rows by table, and what was in Redis by its kind"),
    digest: z.string().describe("SHA-256, in hex, of this as JSON without it: names in order, no blanks"),
  })
  .meta({ id: "ErasureCertificate" });

export type Certificate = z.output<typeof eraseCertificateSchema>;

export function newCertificate(erasure: TenantErasure, finishedAt: Date): Certificate {
  const text = {
    tenant_id: erasure.erased_tenant_id,
    slug: erasure.slug,
    requested_by: erasure.requested_by,
    requested_at: erasure.requested_at.toISOString(),
    started_at: erasure.started_at.toISOString(),
    finished_at: finishedAt.toISOString(),
    erased: erasure.counts,
  };
  return { ...text, digest: createHash("sha256").update(canonical(text)).digest("hex") };
}

/** JSON in which names stand in order, so that what reads it back hashes the same. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(",")}}`;
}
