import { invalid, Problem, unauthenticated, unavailable } from "@condo/http";

/** One answer for an unknown user, a wrong password and a user who may not log in: none tells which it was. */
export const invalidCredentials = () =>
  unauthenticated(
    "invalid_credentials",
    "The e-mail address or the password is wrong. Name the tenant (tenant_slug, or its subdomain) if the address is known to several.",
  );
export const invalidRefreshToken = () =>
  unauthenticated("invalid_refresh_token", "The refresh token is not valid any more. Log in again.");
export const invalidClient = () =>
  unauthenticated("invalid_client", "The service is unknown or revoked, or its secret is wrong.");
export const slugTaken = () => new Problem(409, "slug_taken", "Another tenant has this slug.");
export const hashingBusy = () => unavailable("busy", "Too many logins at once. Try again shortly.", 1);
export const tooManyFailures = (retryAfterSeconds: number) =>
  new Problem(429, "too_many_failures", "Too many logins from this address have failed. Try again later.", {
    headers: { "retry-after": String(Math.max(1, retryAfterSeconds)) },
  });
export const wrongPassword = () => new Problem(403, "wrong_password", "The current password is wrong.");
export const passwordChangedMeanwhile = () =>
  new Problem(409, "password_changed", "The password was changed meanwhile, and stays as it is now.");
export const accountLocked = (until: Date) =>
  new Problem(429, "account_locked", "Too many wrong passwords. Try again later.", {
    headers: { "retry-after": String(Math.max(1, Math.ceil((until.getTime() - Date.now()) / 1000))) },
  });
export const invalidResetToken = () =>
  new Problem(400, "invalid_reset_token", "The token was used, has expired or never was. Ask for another.");
export const invalidVerificationToken = () =>
  new Problem(
    400,
    "invalid_verification_token",
    "The token was used, has expired or never was. Ask for another.",
  );
export const invalidInvitation = () =>
  new Problem(400, "invalid_invitation", "The invitation was accepted, revoked, has expired or never was.");
const alreadyInvited = () =>
  new Problem(409, "already_invited", "This address has an open invitation. Resend or revoke that one.");
export const tooManyInvitations = (retryAfterSeconds: number) =>
  new Problem(429, "too_many_invitations", "As many invitations were mailed as may be within the hour.", {
    headers: { "retry-after": String(Math.max(1, retryAfterSeconds)) },
  });
export const emailTaken = () =>
  new Problem(409, "email_taken", "Another user of this tenant has this e-mail address.");
export const beyondAuthority = () =>
  new Problem(403, "beyond_authority", "This gives, or touches, permissions that you don't have yourself.");
export const overlapRefused = () =>
  new Problem(
    409,
    "overlap_refused",
    "The key is another's, and ends at once. Rotate it without an overlap.",
  );
export const lastAdmin = () =>
  new Problem(
    409,
    "last_admin",
    "The tenant's last active admin can't be deleted, disabled or given another role.",
  );
export const noSuchRole = () => invalid("body.role_id", "is no role of this tenant");
const roleNameTaken = () => new Problem(409, "role_name_taken", "Another role of this tenant has this name.");
export const roleInUse = () =>
  new Problem(409, "role_in_use", "Users have this role, deleted ones perhaps. Give them another first.");

export const freshLoginRequired = () =>
  new Problem(403, "fresh_login_required", "Log in again first: this session was opened a while ago.");
export const invalidLoginStep = () =>
  unauthenticated("invalid_login_step", "This step of the login was taken or is over. Log in again.");
export const invalidCode = () =>
  unauthenticated("invalid_code", "The code is wrong, or was used before. Wait for the next one.");
export const invalidPasskey = () => unauthenticated("invalid_passkey", "The passkey was not accepted.");
export const mfaLocked = (seconds: number) =>
  new Problem(429, "mfa_locked", `Too many wrong codes. Try again in ${seconds} seconds.`, {
    headers: { "retry-after": String(seconds) },
  });
export const mfaAlreadyEnabled = () =>
  new Problem(409, "mfa_already_enabled", "An authenticator app is set up already. Disable it first.");
export const mfaNotEnabled = () => new Problem(409, "mfa_not_enabled", "There is no second factor.");
export const ownFactors = () =>
  new Problem(409, "own_factors", "Your own factors are removed one by one, from a session just opened.");
export const ownFactorFirst = () =>
  new Problem(409, "own_factor_first", "Set up a second factor of your own before you require one of all.");
const passkeyTaken = () => new Problem(409, "passkey_taken", "This passkey is registered already.");
export const providerUnavailable = (cause: unknown) =>
  unavailable("identity_provider_unavailable", "The identity provider does not answer.", 5, cause);
export const oidcRefused = () =>
  unauthenticated("oidc_refused", "The identity provider's answer does not let you in here.");
export const tenantRequired = () =>
  new Problem(422, "tenant_required", "Name the tenant: tenant_slug, X-Tenant-ID or its subdomain.");

export const shutOutMeanwhile = () =>
  unauthenticated("shut_out_meanwhile", "Who sends this may not do so any more. No user was created.");
export const noImportFormat = () =>
  new Problem(415, "unsupported_media_type", "This endpoint takes text/csv or application/x-ndjson.");
export const bodyTooLarge = (bytes: number) =>
  new Problem(413, "body_too_large", `An import may have ${bytes} bytes at most.`);
export const importTooLong = (lines: number) =>
  new Problem(413, "import_too_long", `An import may have ${lines} users at most. None was created.`);
export const malformedImport = (detail: string) => new Problem(422, "malformed_import", detail);
export const importRefused = (failures: readonly { line: number; detail?: string | undefined }[]) =>
  new Problem(422, "import_refused", "Lines are not as they should be. No user was created.", {
    errors: failures.map(({ line, detail }) => ({ path: `line ${line}`, message: detail ?? "failed" })),
  });

/** Tells of an e-mail address that another user has, or a role that is gone; throws anything else as it is. */
export function userConflictExplained(error: unknown): never {
  const constraint = constraintOf(error);
  if (constraint === "users_tenant_id_email_key") throw emailTaken();
  throw constraint === "users_role_id_fkey" ? noSuchRole() : error;
}

/** Tells of an invitation that is open already; throws anything else as it is. */
export function invitationConflictExplained(error: unknown): never {
  throw constraintOf(error) === "invitations_open" ? alreadyInvited() : error;
}

/** Tells of a name that another role of the tenant has; throws anything else as it is. */
export function roleNameConflictExplained(error: unknown): never {
  throw constraintOf(error) === "roles_by_name" ? roleNameTaken() : error;
}

/** Tells of a passkey that is registered already; throws anything else as it is. */
export function passkeyConflictExplained(error: unknown): never {
  throw constraintOf(error) === "passkeys_tenant_id_credential_id_key" ? passkeyTaken() : error;
}

function constraintOf(error: unknown): unknown {
  return (error as { constraint?: unknown }).constraint;
}
