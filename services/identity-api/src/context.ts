import type { Db } from "@condo/schema";
import type { Sealer } from "@condo/secrets";
import type { Config } from "./config.ts";
import type { PasswordHasher } from "./password-hasher.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** What the routes work with. */
export interface Context {
  config: Config;
  db: Db;
  sealer: Sealer;
  hasher: PasswordHasher;
  keys: SigningKeys;
  /** Below this host, a subdomain names a tenant. */
  baseHost: string;
}
