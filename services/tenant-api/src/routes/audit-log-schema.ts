import { moment } from "@condo/http";
import { z } from "zod";
import type { AuditLogFilter, ChainedAuditLog } from "../repositories/audit-logs.ts";

export const auditLogSchema = z
  .object({
    id: z.uuid(),
    actor_type: z.enum(["user", "key", "service", "operator", "anonymous"]),
    actor_id: z.string().nullable(),
    action: z.string(),
    subject_type: z.string(),
    subject_id: z.string().nullable(),
    request_id: z.string().nullable(),
    address: z.string().nullable(),
    before: z.unknown().describe("The subject before, its secrets masked"),
    after: z.unknown().describe("The subject after, its secrets masked"),
    created_at: z.iso.datetime(),
    sequence: z
      .int()
      .nullable()
      .describe("Its place in the tenant's chain; null for the moment until it has one"),
    hash: z.string().nullable().describe("SHA-256, in hex, of the link before and this entry"),
  })
  .meta({ id: "AuditLogEntry" });

export function presentAuditLog(row: ChainedAuditLog): z.input<typeof auditLogSchema> {
  return {
    id: row.id,
    actor_type: row.actor_type,
    actor_id: row.actor_id,
    action: row.action,
    subject_type: row.subject_type,
    subject_id: row.subject_id,
    request_id: row.request_id,
    address: row.address,
    before: row.before,
    after: row.after,
    created_at: row.created_at.toISOString(),
    sequence: row.sequence === null ? null : Number(row.sequence),
    hash: row.hash?.toString("hex") ?? null,
  };
}

export const auditLogFilters = {
  actor_id: z.string().min(1).max(200).optional().describe("What this user, key or service did: its `id`"),
  action: z.string().min(1).max(100).optional().describe("What the action begins with, such as `user.`"),
  subject_type: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe("What was done to things of this kind, such as `user`"),
  subject_id: z.string().min(1).max(200).optional().describe("What was done to this one: its `id`"),
  request_id: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("What was done by this request: its `X-Request-ID`"),
  since: moment.optional().describe("The first moment that is meant"),
  until: moment.optional().describe("The first moment that is not meant"),
};

const filters = z.object(auditLogFilters);

export function filterOf(query: z.output<typeof filters>): AuditLogFilter {
  return {
    actorId: query.actor_id,
    action: query.action,
    subjectType: query.subject_type,
    subjectId: query.subject_id,
    requestId: query.request_id,
    since: query.since === undefined ? undefined : new Date(query.since),
    until: query.until === undefined ? undefined : new Date(query.until),
  };
}
