import type { TenantTrx } from "@condo/schema";
import { tooManyInvitations } from "./errors.ts";
import { recentInvitationMails } from "./repositories/invitations.ts";
import { lockAdministration } from "./repositories/tenants.ts";

/** What a tenant may mail within the hour, at most: anybody can register one, and invite whom they like. */
const mostAnHour = { toAddress: 5, inAll: 200 };

/** For the description of the routes that mail them. */
export const limitsInWords = `Within an hour ${mostAnHour.toAddress} mails go to one address and ${mostAnHour.inAll} to all; then it is 429 \`too_many_invitations\`.`;

/**
 * Refuses to mail another invitation where the tenant has mailed as many as it may. The transaction holds the row of the
 * invitation, and tells the audit log of the mail afterwards: by that they are counted.
 *
 * @throws Problem 429, and when to come back
 */
export async function assertMayInvite(trx: TenantTrx, tenantId: string, email: string): Promise<void> {
  // One at a time: of two at once, neither would count the other.
  await lockAdministration(trx, tenantId);
  const { toAddress, inAll } = await recentInvitationMails(trx, email);
  if (toAddress.count >= mostAnHour.toAddress) throw tooManyInvitations(toAddress.freeInSeconds);
  if (inAll.count >= mostAnHour.inAll) throw tooManyInvitations(inAll.freeInSeconds);
}
