import { Problem } from "@condo/http";

export const serviceNameTaken = () =>
  new Problem(409, "service_name_taken", "Another source of this tenant has this service name.");
export const domainTaken = () => new Problem(409, "domain_taken", "Another tenant has this domain.");
