import { newId, withTenant, type ClaimedMail, type Db, type TenantTrx } from "@condo/schema";
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

/** Takes a mail out of the queue: it is sent, or is not to be. */
export async function dropMail(db: Db, mail: ClaimedMail): Promise<void> {
  await withTenant(db, mail.tenant_id, (trx) => trx.deleteFrom("mails").where("id", "=", mail.id).execute());
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
