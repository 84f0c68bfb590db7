import { catalogue } from "@condo/events";
import {
  audit,
  withTenant,
  type ClaimedMail,
  type MailTokenPurpose,
  type Tenant,
  type TenantTrx,
  type User,
} from "@condo/schema";
import type { Db } from "@condo/schema";
import { emailVerificationSeconds, newMailToken, passwordResetSeconds } from "../mail-token.ts";
import { findOpenInvitation, setInvitationToken } from "../repositories/invitations.ts";
import { countRecentTokens, insertMailToken } from "../repositories/mail-tokens.ts";
import { findTenant } from "../repositories/tenants.ts";
import { findUser, findUserByEmail } from "../repositories/users.ts";
import {
  destinationDisabled,
  emailChanged,
  emailVerification,
  factorAdded,
  factorRemoved,
  invitation,
  passwordChanged,
  passwordReset,
  type Letter,
  type Pages,
} from "./letters.ts";

/** Mails of one kind to one user within the hour, at most. */
const mostAnHour = 5;

interface Work {
  trx: TenantTrx;
  pages: Pages;
  tenant: Tenant;
  mail: ClaimedMail;
}

/** How each kind of mail is written, at the moment it is sent: its token is made then, and is nowhere else. */
const writers = {
  async password_reset({ trx, pages, tenant, mail }) {
    const user = await findUserByEmail(trx, mail.recipient);
    if (!user?.is_active) return undefined;
    const token = await tokenFor(trx, user, mail, "password_reset", passwordResetSeconds);
    if (!token) return undefined;
    await audit(trx, {
      tenantId: tenant.id,
      actor: { type: "anonymous", id: null, requestId: mail.request_id, address: mail.address },
      action: "password_reset.requested",
      subjectType: "user",
      subjectId: user.id,
    });
    return passwordReset(pages, { tenant: tenant.name, token });
  },

  async email_verification({ trx, pages, tenant, mail }) {
    const user = await subjectOf(trx, mail);
    if (!user || user.email_verified_at) return undefined;
    const token = await tokenFor(trx, user, mail, "email_verification", emailVerificationSeconds);
    return token && emailVerification(pages, { tenant: tenant.name, token });
  },

  async invitation({ trx, pages, tenant, mail }) {
    const open = mail.subject_id ? await findOpenInvitation(trx, mail.subject_id) : undefined;
    const inviter = open && (await findUser(trx, open.invited_by));
    if (!open || !inviter) return undefined;
    const { token, hash } = newMailToken("invitation", tenant.id);
    await setInvitationToken(trx, open.id, hash);
    return invitation(pages, {
      tenant: tenant.name,
      inviter: `${inviter.first_name} ${inviter.last_name}`,
      token,
    });
  },

  async password_changed({ pages, tenant }) {
    return passwordChanged(pages, { tenant: tenant.name });
  },

  async email_changed({ pages, tenant }) {
    return emailChanged(pages, { tenant: tenant.name });
  },

  async factor_added({ trx, pages, tenant, mail }) {
    const user = await subjectOf(trx, mail);
    return user?.email_verified_at ? factorAdded(pages, { tenant: tenant.name }) : undefined;
  },

  async factor_removed({ trx, pages, tenant, mail }) {
    const user = await subjectOf(trx, mail);
    return user?.email_verified_at ? factorRemoved(pages, { tenant: tenant.name }) : undefined;
  },

  async destination_disabled({ trx, pages, tenant, mail }) {
    if (!(await subjectOf(trx, mail))) return undefined;
    const disabled = catalogue["webhook_destination.disabled"].data.parse(mail.details);
    return destinationDisabled(pages, {
      tenant: tenant.name,
      destinationId: disabled.destination_id,
      name: disabled.name,
      reason: disabled.reason,
    });
  },
} satisfies Record<string, (work: Work) => Promise<Letter | "" | undefined>>;

export type MailKind = keyof typeof writers;

/** Writes a mail; undefined when there is none to send, or not any more. */
export async function writeMail(db: Db, pages: Pages, mail: ClaimedMail): Promise<Letter | undefined> {
  return withTenant(db, mail.tenant_id, async (trx) => {
    const tenant = await findTenant(trx, mail.tenant_id);
    const isOpen = tenant?.status === "active" || tenant?.status === "trial";
    const write = writers[mail.kind as MailKind] as (typeof writers)[MailKind] | undefined;
    if (!tenant || !isOpen || !write) return undefined;
    return (await write({ trx, pages, tenant, mail })) || undefined;
  });
}

/** The user a mail is about, if they still have the address it goes to. */
async function subjectOf(trx: TenantTrx, mail: ClaimedMail): Promise<User | undefined> {
  const user = mail.subject_id ? await findUser(trx, mail.subject_id) : undefined;
  return user?.is_active && user.email === mail.recipient ? user : undefined;
}

async function tokenFor(
  trx: TenantTrx,
  user: User,
  mail: ClaimedMail,
  purpose: MailTokenPurpose,
  seconds: number,
): Promise<string | undefined> {
  // A mail that is tried again is the one that was counted.
  if (mail.attempts === 1 && (await countRecentTokens(trx, user.id, purpose)) >= mostAnHour) return undefined;
  const { token, hash } = newMailToken(purpose, user.tenant_id);
  await insertMailToken(trx, {
    tenant_id: user.tenant_id,
    token_hash: hash,
    purpose,
    user_id: user.id,
    email: user.email,
    expires_at: new Date(Date.now() + seconds * 1000),
  });
  return token;
}
