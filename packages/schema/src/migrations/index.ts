import type { SchemaMigrations } from "../apply-migrations.ts";
import * as ground from "./20261124000000-ground.ts";
import * as credentials from "./20261124000100-credentials.ts";
import * as people from "./20261124000200-people.ts";
import * as factors from "./20261124000300-factors.ts";
import * as intake from "./20261124000400-intake.ts";
import * as relay from "./20261124000500-relay.ts";
import * as destinations from "./20261124000600-destinations.ts";
import * as audit from "./20261124000700-audit.ts";
import * as serviceClients from "./20261124000800-service-clients.ts";
import * as tenantLife from "./20261124010100-tenant-life.ts";
import * as erasure from "./20261124010101-erasure.ts";
import * as idempotencyMarks from "./20261124010200-idempotency-marks.ts";
import * as rowVersions from "./20261124010201-row-versions.ts";
import * as tenantDomains from "./20261124010202-tenant-domains.ts";
import * as domainChecks from "./20261124010250-domain-checks.ts";
import * as mailDetails from "./20261124010600-mail-details.ts";
import * as aliases from "./20261124010700-aliases.ts";
import * as sourcesNamed from "./20261124015500-sources-named.ts";
import * as mailTurns from "./20261124016000-mail-turns.ts";
import * as addressesProven from "./20261124016100-addresses-proven.ts";
import * as temporarySchemaLast from "./20261124016100-temporary-schema-last.ts";

/** Every migration in order. A name, once released, is never changed. */
export const migrations: SchemaMigrations = {
  "20261124000000-ground": ground,
  "20261124000100-credentials": credentials,
  "20261124000200-people": people,
  "20261124000300-factors": factors,
  "20261124000400-intake": intake,
  "20261124000500-relay": relay,
  "20261124000600-destinations": destinations,
  "20261124000700-audit": audit,
  "20261124000800-service-clients": serviceClients,
  "20261124010100-tenant-life": tenantLife,
  "20261124010101-erasure": erasure,
  "20261124010200-idempotency-marks": idempotencyMarks,
  "20261124010201-row-versions": rowVersions,
  "20261124010202-tenant-domains": tenantDomains,
  "20261124010250-domain-checks": domainChecks,
  "20261124010600-mail-details": mailDetails,
  "20261124010700-aliases": aliases,
  "20261124015500-sources-named": sourcesNamed,
  "20261124016000-mail-turns": mailTurns,
  "20261124016100-addresses-proven": addressesProven,
  "20261124016100-temporary-schema-last": temporarySchemaLast,
};
