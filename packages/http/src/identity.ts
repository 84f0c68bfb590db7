import type { Role } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Permission } from "./permissions.ts";
import { userRequired } from "./problem.ts";

interface Caller {
  readonly tenantId: string;
  readonly tenantSlug: string;
  /** The user who calls, or who answers for the key that does. */
  readonly userId: string | null;
  readonly role: Role | null;
  readonly permissions: ReadonlySet<Permission>;
}

/** Somebody who is logged in. */
export interface UserIdentity extends Caller {
  readonly type: "user";
  readonly userId: string;
  readonly role: Role;
  readonly sessionId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
}

/** A program with an API key. */
export interface KeyIdentity extends Caller {
  readonly type: "key";
  readonly userId: string;
  readonly role: Role;
  readonly sessionId: null;
  readonly keyId: string;
  readonly keyName: string;
}

/** A service of the operator's, which acts for one tenant with permissions of its own: no user answers for it. */
export interface ServiceIdentity extends Caller {
  readonly type: "service";
  readonly userId: null;
  readonly role: null;
  readonly sessionId: null;
  readonly serviceName: string;
}

/** Who is calling, as of this very request. */
export type Identity = UserIdentity | KeyIdentity | ServiceIdentity;

declare module "fastify" {
  interface FastifyRequest {
    identity: Identity | null;
  }
}

/** The caller of a route that is not public. */
export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new Error("A public route asked who is calling");
  return request.identity;
}

/**
 * The caller of a route that is about the caller's own account: somebody who is logged in.
 *
 * @throws Problem when it is a key or a service
 */
export function userOf(request: FastifyRequest): UserIdentity {
  const identity = identityOf(request);
  if (identity.type !== "user") throw userRequired();
  return identity;
}

/**
 * The user who answers for what the caller does: who is logged in, or the owner of the key.
 *
 * @throws Problem when it is a service
 */
export function answerableUserOf(request: FastifyRequest): string {
  const { userId } = identityOf(request);
  if (userId === null) throw userRequired();
  return userId;
}

/** One name for the caller that no other caller has, for what is kept or counted by caller. */
export function callerOf(identity: Identity): string {
  if (identity.type === "service") return `service:${identity.serviceName}`;
  return identity.type === "key" ? `key:${identity.keyId}` : `user:${identity.userId}`;
}
