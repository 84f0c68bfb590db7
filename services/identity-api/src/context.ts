import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import type { SigningKeys } from "@condo/signing-keys";
import type { Agent } from "undici";
import type { Config } from "@condo/settings/identity-api";
import type { createKeyedGate } from "./gate.ts";
import type { MailSender } from "./mail/sender.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import type { LockoutPolicy } from "./repositories/login-attempts.ts";

/** What the routes work with. */
export interface Context {
  config: Config;
  db: Db;
  sealer: Sealer;
  hasher: PasswordHasher;
  lockout: LockoutPolicy;
  /** Bounds how many passwords are tried on one account at once. */
  accountGate: ReturnType<typeof createKeyedGate>;
  /** Bounds how many passwords of new users one tenant has hashed at once. */
  newUserGate: ReturnType<typeof createKeyedGate>;
  mails: Pick<MailSender, "wake">;
  keys: SigningKeys;
  /** Dials what tenants name, and only where Condo may connect to. */
  outbound: Agent;
  /** Below this host, a subdomain names a tenant. */
  baseHost: string;
}
