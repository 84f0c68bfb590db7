import { permissionNames } from "@condo/http";
import { roles, type CustomRole } from "@condo/schema";
import { z } from "zod";

export const roleParams = z.object({
  role_id: z.uuid().describe("Which role of the tenant's own: its `id`"),
});

const builtIn: readonly string[] = roles;

/** Fields that define a role. */
export const roleFields = {
  name: z
    .string()
    .trim()
    .min(1)
    .max(64)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "has characters that can't be shown")
    .refine((name) => !builtIn.includes(name.toLowerCase()), "is the name of a built-in role"),
  description: z.string().trim().max(500),
  permissions: z
    .array(z.enum(permissionNames))
    .max(permissionNames.length)
    .transform((names) => [...new Set(names)]),
};

export const roleSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    description: z.string(),
    permissions: z.array(z.string()),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: "Role" });

export function presentRole(role: CustomRole): z.output<typeof roleSchema> {
  return {
    id: role.id,
    name: role.name,
    description: role.description,
    permissions: role.permissions,
    created_at: role.created_at.toISOString(),
    updated_at: role.updated_at.toISOString(),
  };
}
