import { newId, withTenant, type ClaimedMail, type Db, type TenantTrx } from "@condo/schema";
import { sql } from "kysely";
import type { FastifyRequest } from "fastify";
import type { MailKind } from "../mail/write.ts";

/** Queues a mail in the transaction that it tells of. What it says is written when it is sent. */
export async function queueMail(
  trx: TenantTrx,
  request: FastifyRequest,
  mail: { tenantId: string; kind: MailKind; recipient: string; subjectId: string | null },
): Promise<void> {
  await trx
    .insertInto("mails")
    .values({
      id: newId(),
      tenant_id: mail.tenantId,
      kind: mail.kind,
      recipient: mail.recipient,
      subject_id: mail.subjectId,
      request_id: request.id,
      address: request.ip,
      last_error: null,
    })
    .execute();
}

/** Queues mails that no request asked for, each once: one with the id of an earlier mail is that mail. */
export async function queueNotices(
  trx: TenantTrx,
  notices: readonly {
    id: string;
    tenantId: string;
    kind: MailKind;
    recipient: string;
    subjectId: string;
    details: object;
  }[],
): Promise<void> {
  if (notices.length === 0) return;
  await trx
    .insertInto("mails")
    .values(
      notices.map((notice) => ({
        id: notice.id,
        tenant_id: notice.tenantId,
        kind: notice.kind,
        recipient: notice.recipient,
        subject_id: notice.subjectId,
        details: JSON.stringify(notice.details),
        request_id: null,
        address: null,
        last_error: null,
      })),
    )
    .onConflict((conflict) => conflict.columns(["tenant_id", "id"]).doNothing())
    .execute();
}

/**
 * Takes a mail out of the queue: it is sent, or is not to be. A notice stays, never due again, until it is pruned: the event
 * that it tells of may come once more.
 */
export async function dropMail(db: Db, mail: ClaimedMail): Promise<void> {
  await withTenant(db, mail.tenant_id, async (trx) => {
    if (mail.details === null) await trx.deleteFrom("mails").where("id", "=", mail.id).execute();
    else await neverDue(trx, mail.id);
  });
}

async function neverDue(trx: TenantTrx, id: string): Promise<void> {
  await trx
    .updateTable("mails")
    .set({ next_attempt_at: sql<Date>`'infinity'` })
    .where("id", "=", id)
    .execute();
}

export async function deferMail(db: Db, mail: ClaimedMail, error: string, until: Date): Promise<void> {
  await withTenant(db, mail.tenant_id, (trx) =>
    trx
      .updateTable("mails")
      .set({ last_error: error, next_attempt_at: until })
      .where("id", "=", mail.id)
      .execute(),
  );
}
