import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEngines, startPostgres } from "@condo/engines";
import { connect, type Db } from "@condo/schema";
import { migrateToLatest, migrationNames, roleUrl } from "@condo/schema/migrate";
import pg from "pg";
import { atEnd } from "./cleanup.ts";

/** Passwords of the service roles in every test cluster. */
export const testPasswords = { appPassword: "app-of-tests", platformPassword: "platform-of-tests" };

export interface TestDatabase {
  /** As the role that migrates. */
  ownerUrl: string;
  appUrl: string;
  platformUrl: string;
  superuserUrl: string;
  app: Db;
  platform: Db;
}

/**
 * A migrated database of a suite's own, cloned from a template in some 50 ms; dropped at the end of the file. The runner shares
 * one Postgres among all suites (CONDO_TEST_POSTGRES_URL); a test file that is run alone starts its own.
 *
 * @param options `apart` gives the file a Postgres of its own: for one that changes what all databases share, as roles are
 */
export async function createTestDatabase(options: { apart?: boolean } = {}): Promise<TestDatabase> {
  if (options.apart) cluster ??= startOwnCluster();
  const admin = new pg.Client({ connectionString: await clusterUrl() });
  admin.on("error", () => undefined);
  await admin.connect();
  const template = await ensureTemplate(admin);
  const name = `condo_test_${process.pid}_${randomBytes(4).toString("hex")}`;
  await admin.query(`create database ${name} template ${template} owner condo_owner`);

  const superuserUrl = withDatabase(await clusterUrl(), name);
  const ownerUrl = asOwner(superuserUrl);
  const appUrl = roleUrl(superuserUrl, "condo_app", testPasswords.appPassword);
  const platformUrl = roleUrl(superuserUrl, "condo_platform", testPasswords.platformPassword);
  const app = connect(appUrl, { applicationName: "test app", onError: () => undefined });
  const platform = connect(platformUrl, { applicationName: "test platform", onError: () => undefined });
  atEnd(async () => {
    await Promise.all([app.destroy(), platform.destroy()]);
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  });
  return { ownerUrl, appUrl, platformUrl, superuserUrl, app, platform };
}

async function ensureTemplate(admin: pg.Client): Promise<string> {
  const template = `condo_template_${migrationNames.length}_${migrationNames.at(-1)?.slice(0, 14) ?? "none"}`;
  // Suites start at the same moment: the first makes the template, the others wait for it.
  await admin.query("select pg_advisory_lock(hashtext('condo test template'))");
  try {
    const { rowCount } = await admin.query("select from pg_database where datname = $1 and datistemplate", [
      template,
    ]);
    if (rowCount === 0) {
      await admin.query(`drop database if exists ${template} with (force)`);
      await admin.query(`create database ${template} owner condo_owner`);
      await migrateToLatest(await ownerUrlOf(admin, template), testPasswords);
      await admin.query(`alter database ${template} is_template true`);
    }
  } finally {
    await admin.query("select pg_advisory_unlock(hashtext('condo test template'))");
  }
  return template;
}

const ownerPassword = "owner-of-tests";

/** Migrates as the owner, as an installation does: not as the superuser, who may do what an owner may not. */
async function ownerUrlOf(admin: pg.Client, name: string): Promise<string> {
  await admin.query(`alter role condo_owner password '${ownerPassword}'`);
  return asOwner(withDatabase(await clusterUrl(), name));
}

function asOwner(superuserUrl: string): string {
  const url = new URL(superuserUrl);
  url.username = "condo_owner";
  url.password = ownerPassword;
  return url.href;
}

let cluster: Promise<string> | undefined;

function clusterUrl(): Promise<string> {
  cluster ??= process.env["CONDO_TEST_POSTGRES_URL"]
    ? Promise.resolve(process.env["CONDO_TEST_POSTGRES_URL"])
    : startOwnCluster();
  return cluster;
}

async function startOwnCluster(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "condo-test-postgres-"));
  const postgres = await startPostgres({ dir, settings: { fsync: "off" } });
  atEnd(async () => {
    await removeEngines(dir);
  });
  return postgres.superuserUrl;
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}
