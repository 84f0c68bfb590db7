import type { Config } from "@condo/settings/identity-api";

export interface Letter {
  subject: string;
  text: string;
}

export type Pages = Pick<Config, "PUBLIC_URL" | "APP_URL">;

export function passwordReset(pages: Pages, about: { tenant: string; token: string }): Letter {
  return {
    subject: `Reset your password at ${line(about.tenant)}`,
    text: paragraphs(
      `Somebody asked to reset the password of this address at ${line(about.tenant)}. If that was not you, leave this mail alone: nothing changes.`,
      way(pages, "/reset-password", "auth/reset-password", about.token),
      "It works once, within 30 minutes.",
    ),
  };
}

export function emailVerification(pages: Pages, about: { tenant: string; token: string }): Letter {
  return {
    subject: `Confirm your e-mail address at ${line(about.tenant)}`,
    text: paragraphs(
      `Somebody has an account with this address at ${line(about.tenant)}. If that is you, confirm that you read its mail.`,
      way(pages, "/verify-email", "auth/verify-email", about.token),
      "It works once, within 3 days.",
    ),
  };
}

export function invitation(pages: Pages, about: { tenant: string; inviter: string; token: string }): Letter {
  return {
    subject: `You are invited to ${line(about.tenant)}`,
    text: paragraphs(
      `${line(about.inviter)} invites you to ${line(about.tenant)}.`,
      way(pages, "/accept-invitation", "invitations/accept", about.token),
      "It works once, within 7 days.",
    ),
  };
}

export function passwordChanged(_pages: Pages, about: { tenant: string }): Letter {
  return {
    subject: `Your password at ${line(about.tenant)} was changed`,
    text: paragraphs(
      `The password of this address at ${line(about.tenant)} was changed. If that was not you, reset it now and tell an admin.`,
    ),
  };
}

export function emailChanged(_pages: Pages, about: { tenant: string }): Letter {
  return {
    subject: `Your e-mail address at ${line(about.tenant)} was changed`,
    text: paragraphs(
      `An admin has given your account at ${line(about.tenant)} another e-mail address. This one opens it no more. If you know nothing of it, tell another admin now.`,
    ),
  };
}

export function factorAdded(_pages: Pages, about: { tenant: string }): Letter {
  return {
    subject: `A second factor was added to your account at ${line(about.tenant)}`,
    text: paragraphs(
      `An authenticator app or a passkey was added to the account of this address at ${line(about.tenant)}. If that was not you, reset your password now and tell an admin, who can take it away.`,
    ),
  };
}

export function factorRemoved(_pages: Pages, about: { tenant: string }): Letter {
  return {
    subject: `A second factor was taken from your account at ${line(about.tenant)}`,
    text: paragraphs(
      `An authenticator app or a passkey no longer protects the account of this address at ${line(about.tenant)}. If you did not do or ask for that, reset your password now and tell an admin.`,
    ),
  };
}

export function destinationDisabled(
  pages: Pages,
  about: { tenant: string; destinationId: string; name: string | undefined; reason: string },
): Letter {
  const path = `${pages.PUBLIC_URL}/api/v1/webhook-destinations/${about.destinationId}`;
  return {
    subject: `A webhook destination of ${line(about.tenant)} was switched off`,
    text: paragraphs(
      `Condo has switched off the destination ${line(about.name ?? about.destinationId)} of ${line(about.tenant)}. ${line(about.reason)}.`,
      `Events for it are kept, as long as the tenant's events are, and wait. Once the endpoint answers again, switch it on, and they are sent:`,
      `PUT ${path} {"is_active": true}`,
    ),
  };
}

/** How to use a token: by a page of the operator's, where there is one, and by the API in any case. */
function way(pages: Pages, page: string, route: string, token: string): string {
  // Behind the hash, so that it is in no log.
  const link = pages.APP_URL ? `${pages.APP_URL.replace(/\/$/, "")}${page}#token=${token}\n\nOr s` : "S";
  return `${link}end this token to POST ${pages.PUBLIC_URL}/api/v1/${route}:\n\n${token}`;
}

function paragraphs(...parts: string[]): string {
  return `${parts.join("\n\n")}\n`;
}

/** What somebody called themself, as a part of a line. */
function line(name: string): string {
  return name.replaceAll(/\s+/g, " ").replaceAll(/\p{Cc}/gu, "");
}
