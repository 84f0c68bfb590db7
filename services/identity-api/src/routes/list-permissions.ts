import { permissionNames, permissions, permissionsOf, type App } from "@condo/http";
import { roles } from "@condo/schema";
import { z } from "zod";

const response = z.object({
  permissions: z.array(z.object({ name: z.string(), description: z.string() })),
  built_in_roles: z.array(z.object({ name: z.enum(roles), permissions: z.array(z.string()) })),
});

export function listPermissions(app: App): void {
  app.route({
    method: "GET",
    url: "/permissions",
    config: { access: "roles:read" },
    schema: {
      tags: ["roles"],
      summary: "What roles are made of, and what the built-in ones have",
      description:
        "Every permission with what it lets do. A role of the tenant's own is made of some of them.",
      response: { 200: response },
    },
    handler: async () => ({
      permissions: permissionNames.map((name) => ({ name, description: permissions[name].lets })),
      built_in_roles: roles.map((name) => ({ name, permissions: [...permissionsOf(name)] })),
    }),
  });
}
