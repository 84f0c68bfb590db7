import type { Actor } from "@condo/schema";
import type { FastifyRequest } from "fastify";

/** Who acts in this request, for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  return { ...named(request), requestId: request.id, address: request.ip };
}

function named({ identity }: FastifyRequest): Pick<Actor, "type" | "id"> {
  if (!identity) return { type: "anonymous", id: null };
  if (identity.type === "service") return { type: "service", id: identity.serviceName };
  return identity.type === "key"
    ? { type: "key", id: identity.keyId }
    : { type: "user", id: identity.userId };
}
