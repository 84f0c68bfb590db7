import { addRoutes, type App } from "@condo/http";
import { verifyEmail } from "./verify-email.ts";
import { unlockUser } from "./unlock-user.ts";
import { revokeInvitation } from "./revoke-invitation.ts";
import { resetPassword } from "./reset-password.ts";
import { resendVerification } from "./resend-verification.ts";
import { resendInvitation } from "./resend-invitation.ts";
import { listInvitations } from "./list-invitations.ts";
import { forgotPassword } from "./forgot-password.ts";
import { createInvitation } from "./create-invitation.ts";
import { changePassword } from "./change-password.ts";
import { acceptInvitation } from "./accept-invitation.ts";
import type { Context } from "../context.ts";
import { confirmTotp } from "./confirm-totp.ts";
import { createApiKey } from "./create-api-key.ts";
import { createPasskey } from "./create-passkey.ts";
import { createRole } from "./create-role.ts";
import { createUser } from "./create-user.ts";
import { deleteApiKey } from "./delete-api-key.ts";
import { deleteOidc } from "./delete-oidc.ts";
import { deletePasskey } from "./delete-passkey.ts";
import { deleteRole } from "./delete-role.ts";
import { deleteUser } from "./delete-user.ts";
import { disableTotp } from "./disable-totp.ts";
import { endOtherSessions, endOwnSession } from "./end-own-sessions.ts";
import { endUserSession, endUserSessions } from "./end-user-sessions.ts";
import { enrolMfa } from "./enrol-mfa.ts";
import { exchangeOidcCode } from "./exchange-oidc-code.ts";
import { exportUsers } from "./export-users.ts";
import { finishOidc } from "./finish-oidc.ts";
import { getJwks } from "./get-jwks.ts";
import { getMe } from "./get-me.ts";
import { getMfa } from "./get-mfa.ts";
import { getOidc } from "./get-oidc.ts";
import { getRole } from "./get-role.ts";
import { getUser } from "./get-user.ts";
import { importUsers } from "./import-users.ts";
import { issueServiceToken } from "./issue-service-token.ts";
import { listApiKeys } from "./list-api-keys.ts";
import { listPermissions } from "./list-permissions.ts";
import { listRoles } from "./list-roles.ts";
import { listSessions, listUserSessions } from "./list-sessions.ts";
import { listUsers } from "./list-users.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { getMfaPolicy, putMfaPolicy } from "./mfa-policy.ts";
import { passkeyLogin } from "./passkey-login.ts";
import { putOidc } from "./put-oidc.ts";
import { refresh } from "./refresh.ts";
import { register } from "./register.ts";
import { renewRecoveryCodes } from "./renew-recovery-codes.ts";
import { resetUserMfa } from "./reset-user-mfa.ts";
import { restoreUser } from "./restore-user.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { startMfaPasskey } from "./start-mfa-passkey.ts";
import { startOidc } from "./start-oidc.ts";
import { startPasskeyLogin } from "./start-passkey-login.ts";
import { startPasskey } from "./start-passkey.ts";
import { startTotp } from "./start-totp.ts";
import { updateProfile } from "./update-profile.ts";
import { updateRole } from "./update-role.ts";
import { updateUser } from "./update-user.ts";
import { verifyMfa } from "./verify-mfa.ts";

/** The groups of the reference. */
export const tags = {
  auth: "Registering, logging in and out, tokens, forgotten passwords",
  users: "The people of a tenant",
  invitations: "Asking somebody to join a tenant",
  sessions: "Where somebody is logged in",
  roles: "What people may do: the roles of a tenant, and the permissions they are made of",
  "API keys": "Credentials for programs that act as somebody",
  "second factors": "Authenticator apps, passkeys, recovery codes, and whether a tenant requires them",
  "identity provider": "Logging in by a tenant's own OpenID Connect provider",
};

const api = [
  register,
  login,
  refresh,
  logout,
  issueServiceToken,
  getMe,
  forgotPassword,
  resetPassword,
  verifyEmail,
  resendVerification,
  listUsers,
  createUser,
  getUser,
  updateUser,
  deleteUser,
  restoreUser,
  importUsers,
  exportUsers,
  updateProfile,
  changePassword,
  unlockUser,
  listInvitations,
  createInvitation,
  acceptInvitation,
  resendInvitation,
  revokeInvitation,
  listSessions,
  endOwnSession,
  endOtherSessions,
  listUserSessions,
  endUserSession,
  endUserSessions,
  listPermissions,
  listRoles,
  createRole,
  getRole,
  updateRole,
  deleteRole,
  listApiKeys,
  createApiKey,
  rotateApiKey,
  deleteApiKey,
  getMfa,
  startTotp,
  confirmTotp,
  disableTotp,
  renewRecoveryCodes,
  enrolMfa,
  startMfaPasskey,
  verifyMfa,
  startPasskey,
  createPasskey,
  deletePasskey,
  startPasskeyLogin,
  passkeyLogin,
  resetUserMfa,
  getMfaPolicy,
  putMfaPolicy,
  getOidc,
  putOidc,
  deleteOidc,
  startOidc,
  finishOidc,
  exchangeOidcCode,
];

export async function routes(app: App, context: Context): Promise<void> {
  addRoutes(app, context, [getJwks]);
  await app.register(
    async (scope) => {
      // Refusals and people's data too, not only the answers that hold a credential.
      scope.addHook("onSend", (_request, reply, payload, done) => {
        reply.header("cache-control", "no-store");
        done(null, payload);
      });
      addRoutes(scope, context, api);
    },
    { prefix: "/api/v1" },
  );
}
