/**
 * The tenant of those who run the installation: its super admins are here, and nobody registers it. Its id is fixed, so
 * that no tenant that took the slug before can pass for it.
 */
export const platformTenant = {
  id: "00000000-0000-7000-8000-000000000001",
  slug: "platform",
  name: "Platform",
} as const;
