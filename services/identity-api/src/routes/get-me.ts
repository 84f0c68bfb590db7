import { userOf, type App, type UserIdentity } from "@condo/http";
import { z } from "zod";
import { userInfo } from "./schemas.ts";

const response = userInfo
  .extend({
    permissions: z.array(z.string()).describe("What the user may do at this moment"),
  })
  .meta({ id: "Me" });

export function getMe(app: App): void {
  // Requests that shared the question who they are share the answer.
  const answers = new WeakMap<UserIdentity, z.output<typeof response>>();
  app.route({
    method: "GET",
    url: "/auth/me",
    config: { access: "authenticated" },
    schema: {
      tags: ["auth"],
      summary: "Who is logged in",
      description:
        "The user of the token, and what it may do at this moment: roles are read anew, not from the token.",
      response: { 200: response },
    },
    handler: (request) => {
      const identity = userOf(request);
      const answer = answers.get(identity) ?? presentMe(identity);
      answers.set(identity, answer);
      return answer;
    },
  });
}

function presentMe(identity: UserIdentity): z.output<typeof response> {
  return Object.freeze({
    id: identity.userId,
    email: identity.email,
    first_name: identity.firstName,
    last_name: identity.lastName,
    role: identity.role,
    permissions: [...identity.permissions],
    tenant_id: identity.tenantId,
    tenant_slug: identity.tenantSlug,
  });
}
