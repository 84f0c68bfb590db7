import { emit } from "@condo/events";
import { actorOf } from "@condo/http";
import {
  audit,
  commitWith,
  countFailureOfAddress,
  withTenant,
  type TenantTrx,
  type User,
} from "@condo/schema";
import type { FastifyRequest } from "fastify";
import { sql } from "kysely";
import type { Context } from "./context.ts";
import { clearAttempts, countAttempt } from "./repositories/login-attempts.ts";
import { findUserByEmail, replacePasswordHash } from "./repositories/users.ts";

/** Stands for the tenant where none was named, or there is none. */
export const noTenant = "00000000-0000-0000-0000-000000000000";

export interface Account {
  tenantId: string;
  email: string;
  /** Whether the tenant lets anybody in. */
  isOpen: boolean;
}

export type PasswordOutcome<T> =
  /** The user, with the hash that the password was held against, or that replaced it. */
  | { matched: true; user: User; value: T }
  | { matched: false; reason: FailureReason; lockedUntil: Date | null };

type FailureReason = "unknown_user" | "locked" | "wrong_password" | "user_disabled" | "tenant_closed";

/**
 * Tries a password on an account, and counts that. It does the same work whether the account is there, locked, disabled
 * or neither; what happened is for the log, not for the caller.
 *
 * @param goOn what a right password leads to, in the transaction that forgets the attempt: when it throws, the attempt
 *   stays counted. Where it holds the user's row, it does so first, as whoever unlocks an account does
 */
export async function tryPassword<T>(
  context: Context,
  request: FastifyRequest,
  account: Account,
  password: string,
  goOn: (trx: TenantTrx, user: User) => Promise<T>,
): Promise<PasswordOutcome<T>> {
  const key = `${account.tenantId}:${account.email}`;
  const tried = await context.accountGate(key, () => tryOnce(context, account, password, goOn));
  if (tried.matched) return tried;
  const { user, attempt, matches } = tried;
  const reason = reasonOf(user, attempt !== undefined, matches);
  const outcome = { matched: false as const, reason, lockedUntil: attempt?.lockedUntil ?? null };
  await recordFailure(context, request, account, user, outcome);
  return outcome;
}

async function tryOnce<T>(
  context: Context,
  account: Account,
  password: string,
  goOn: (trx: TenantTrx, user: User) => Promise<T>,
): Promise<
  | { matched: true; user: User; value: T }
  | ({ matched: false; matches: boolean } & Awaited<ReturnType<typeof count>>)
> {
  let counted: Awaited<ReturnType<typeof count>> = { user: undefined, attempt: undefined };
  const matches = await context.hasher.verify(async () => {
    counted = await count(context, account);
    return counted.attempt && counted.user?.password_hash;
  }, password);
  const { user, attempt } = counted;
  if (!user || !attempt || !matches || !user.is_active || !account.isOpen) {
    return { matched: false, user, attempt, matches };
  }
  const settled = await settle(context, account, user, password, goOn);
  // Another hash came in between: of the same password, by a login beside this one, or of another.
  return settled ? { matched: true, ...settled } : tryOnce(context, account, password, goOn);
}

function reasonOf(user: User | undefined, isCounted: boolean, matches: boolean): FailureReason {
  if (!user) return "unknown_user";
  if (!isCounted) return "locked";
  if (!matches) return "wrong_password";
  return user.is_active ? "tenant_closed" : "user_disabled";
}

async function count({ db, lockout }: Context, account: Account) {
  return withTenant(db, account.tenantId, async (trx) => {
    const [, user, attempt] = await commitWith(trx, () =>
      Promise.all([
        // A count that a crash undoes is one guess more: not worth a wait for the disk.
        sql`select set_config('synchronous_commit', 'off', true)`.execute(trx),
        findUserByEmail(trx, account.email),
        countAttempt(trx, account, lockout),
      ]),
    );
    return { user, attempt };
  });
}

/** @returns undefined when an outdated hash was to be made anew, and is not the user's any more */
async function settle<T>(
  { db, hasher }: Context,
  account: Account,
  user: User,
  password: string,
  goOn: (trx: TenantTrx, user: User) => Promise<T>,
): Promise<{ user: User; value: T } | undefined> {
  const stored = user.password_hash;
  const better = stored !== null && hasher.isOutdated(stored) ? await hasher.hash(password) : undefined;
  return withTenant(db, account.tenantId, async (trx) => {
    if (better && stored && !(await replacePasswordHash(trx, user.id, stored, better))) return undefined;
    const proved = better ? { ...user, password_hash: better } : user;
    const [value] = await Promise.all([goOn(trx, proved), clearAttempts(trx, account)]);
    return { user: proved, value };
  });
}

async function recordFailure(
  { db, config }: Context,
  request: FastifyRequest,
  { tenantId, email }: Account,
  user: User | undefined,
  { reason, lockedUntil }: { reason: FailureReason; lockedUntil: Date | null },
): Promise<void> {
  const actor = actorOf(request);
  const subject = { subjectType: "user", subjectId: user?.id ?? null };
  await withTenant(db, tenantId, async (trx) => {
    await countFailureOfAddress(trx, request.ip, config.ADDRESS_FAILURE_WINDOW_SECONDS);
    // Nobody's audit log: the request log has it.
    if (tenantId === noTenant) return;
    await emit(trx, tenantId, "login.failed", { user_id: user?.id ?? null, reason });
    await audit(trx, { tenantId, actor, action: "login.failed", ...subject, after: { email, reason } });
    if (!user || !lockedUntil) return;
    const locked_until = lockedUntil.toISOString();
    await emit(trx, tenantId, "login.locked", { user_id: user.id, locked_until });
    await audit(trx, { tenantId, actor, action: "login.locked", ...subject, after: { email, locked_until } });
  });
}
