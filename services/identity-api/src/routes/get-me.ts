import { identityOf, type App } from "@condo/http";
import { userInfo } from "./schemas.ts";

export function getMe(app: App): void {
  app.route({
    method: "GET",
    url: "/auth/me",
    config: { access: "authenticated" },
    schema: { tags: ["auth"], summary: "Who is logged in", response: { 200: userInfo } },
    handler: async (request, reply) => {
      const identity = identityOf(request);
      return reply.header("cache-control", "no-store").send({
        id: identity.userId,
        email: identity.email,
        first_name: identity.firstName,
        last_name: identity.lastName,
        role: identity.role,
        tenant_id: identity.tenantId,
        tenant_slug: identity.tenantSlug,
      });
    },
  });
}
