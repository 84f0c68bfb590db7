import type { Actor } from "@condo/schema";
import type { FastifyRequest } from "fastify";

/** Who acts in this request, for the audit log. */
export function actorOf(request: FastifyRequest): Actor {
  return {
    type: request.identity ? "user" : "anonymous",
    id: request.identity?.userId ?? null,
    requestId: request.id,
    address: request.ip,
  };
}
