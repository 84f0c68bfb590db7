import type { Role } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Permission } from "./permissions.ts";
import { userRequired } from "./problem.ts";

interface Caller {
  tenantId: string;
  tenantSlug: string;
  /** The user who calls, or who answers for the key that does. */
  userId: string;
  role: Role;
  permissions: ReadonlySet<Permission>;
}

/** Somebody who is logged in. */
export interface UserIdentity extends Caller {
  type: "user";
  sessionId: string;
  email: string;
  firstName: string;
  lastName: string;
}

/** A program with an API key. */
export interface KeyIdentity extends Caller {
  type: "key";
  sessionId: null;
  keyId: string;
  keyName: string;
}

/** Who is calling, as of this very request. */
export type Identity = UserIdentity | KeyIdentity;

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
 * @throws Problem when it is a key
 */
export function userOf(request: FastifyRequest): UserIdentity {
  const identity = identityOf(request);
  if (identity.type !== "user") throw userRequired();
  return identity;
}
