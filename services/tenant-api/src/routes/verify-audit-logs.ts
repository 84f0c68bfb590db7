import { identityOf, type App } from "@condo/http";
import { verifyAuditChain, withTenant, type ChainVerdict } from "@condo/schema";
import { z } from "zod";
import type { Context } from "../context.ts";

const response = z.object({
  is_intact: z.boolean(),
  checked: z.int().describe("Links that were checked, up to the broken one"),
  waiting: z.int().describe("Entries that are too new to have a link"),
  head: z
    .object({ sequence: z.int(), hash: z.string() })
    .nullable()
    .describe("The last link. Kept elsewhere, it proves later that the log was not written anew."),
  broken: z
    .object({
      fault: z.enum(["changed_row", "missing_row", "missing_link", "reordered", "unchained_row"]),
      sequence: z.int().nullable(),
      audit_id: z.uuid().nullable(),
    })
    .nullable()
    .describe("The first link that does not hold"),
});

export function verifyAuditLogs(app: App, { db }: Context): void {
  // Reading a whole log is no light work: requests of one tenant share what is under way.
  const underWay = new Map<string, Promise<ChainVerdict>>();
  const verify = (tenantId: string): Promise<ChainVerdict> => {
    const known = underWay.get(tenantId);
    if (known) return known;
    const started = withTenant(db, tenantId, (trx) => verifyAuditChain(trx, tenantId)).finally(() =>
      underWay.delete(tenantId),
    );
    underWay.set(tenantId, started);
    return started;
  };

  app.route({
    method: "GET",
    url: "/audit-logs/verify",
    config: { access: "audit_logs:read" },
    schema: {
      tags: ["audit log"],
      summary: "Check the audit log against its hash chain",
      description:
        "Reads the tenant's whole log and follows its links. What was changed, taken out or put in afterwards shows as `broken`.",
      response: { 200: response },
    },
    handler: async (request) => {
      const { broken, ...verdict } = await verify(identityOf(request).tenantId);
      return {
        ...verdict,
        is_intact: broken === null,
        broken: broken && { fault: broken.fault, sequence: broken.sequence, audit_id: broken.auditId },
      };
    },
  });
}
