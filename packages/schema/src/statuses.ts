/** What a tenant may be. Told in domain events too, so this file is read where there is no database. */
export const tenantStatuses = ["trial", "active", "suspended", "closing", "closed"] as const;
export type TenantStatus = (typeof tenantStatuses)[number];

/** `lapsed` is a domain that was verified, until its record was gone. */
export const domainStatuses = ["pending", "verified", "lapsed"] as const;
export type DomainStatus = (typeof domainStatuses)[number];
