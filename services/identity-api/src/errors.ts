import { Problem, unauthenticated, unavailable } from "@condo/http";

/** One answer for an unknown user, a wrong password and a user who may not log in: none tells which it was. */
export const invalidCredentials = () =>
  unauthenticated(
    "invalid_credentials",
    "The e-mail address or the password is wrong. Name the tenant (tenant_slug, or its subdomain) if the address is known to several.",
  );
export const invalidRefreshToken = () =>
  unauthenticated("invalid_refresh_token", "The refresh token is not valid any more. Log in again.");
export const slugTaken = () => new Problem(409, "slug_taken", "Another tenant has this slug.");
export const domainTaken = () => new Problem(409, "domain_taken", "Another tenant has this domain.");
export const hashingBusy = () => unavailable("busy", "Too many logins at once. Try again shortly.", 1);
