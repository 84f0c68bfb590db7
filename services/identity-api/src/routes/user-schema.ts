import { roles, type User } from "@condo/schema";
import { z } from "zod";

export const userParams = z.object({ user_id: z.uuid().describe("Which user: its `id`") });

export const roleId = z
  .uuid()
  .nullable()
  .describe("A role of the tenant's own, which then decides instead of `role`");

export const userSchema = z
  .object({
    id: z.uuid(),
    tenant_id: z.uuid(),
    email: z.string(),
    first_name: z.string(),
    last_name: z.string(),
    role: z.enum(roles),
    role_id: roleId,
    is_active: z.boolean(),
    email_verified_at: z.iso.datetime().nullable(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
    deleted_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "User" });

export function presentUser(user: User): z.output<typeof userSchema> {
  return {
    id: user.id,
    tenant_id: user.tenant_id,
    email: user.email,
    first_name: user.first_name,
    last_name: user.last_name,
    role: user.role,
    role_id: user.role_id,
    is_active: user.is_active,
    email_verified_at: user.email_verified_at?.toISOString() ?? null,
    created_at: user.created_at.toISOString(),
    updated_at: user.updated_at.toISOString(),
    deleted_at: user.deleted_at?.toISOString() ?? null,
  };
}
