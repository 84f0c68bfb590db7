import { createHash, randomBytes } from "node:crypto";
import { permissionNames } from "@condo/http/permissions";
import { audit, platformTenant, type PlatformTrx } from "@condo/schema";
import { InvalidArgumentError, Option, type Command } from "commander";
import { sql } from "kysely";
import { examples } from "../examples.ts";
import { ensurePlatformTenant, operator } from "../operator.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { formatTable } from "../table.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";

const columns = ["name", "permissions", "created_at", "rotated_at", "revoked_at"] as const;
const longestOverlapSeconds = 7 * 86_400;

export function services(program: Command, terminal: Terminal): void {
  const group = program
    .command("services")
    .description("Services that act for tenants, with tokens of POST /api/v1/auth/service-token");
  create(group, terminal);
  list(group, terminal);
  rotate(group, terminal);
  revoke(group, terminal);
}

function create(group: Command, terminal: Terminal): void {
  group
    .command("create")
    .description("Let a service act for tenants. Its secret is shown once.")
    .argument("<name>", "its client_id, for good: not even a revoked one's is given again", serviceName)
    .addOption(
      new Option("--permission <name...>", "what it may do").choices(permissionNames).makeOptionMandatory(),
    )
    .addHelpText("after", examples("condo services create billing --permission tenant:read"))
    .action(async (name: string, _options: unknown, command: Command) => {
      const { json, permission } = command.optsWithGlobals<{ json?: boolean; permission: string[] }>();
      const permissions = [...new Set(permission)];
      const secret = newSecret();
      await withPlatformDatabase(terminal, async (trx) => {
        await trx
          .insertInto("service_clients")
          .values({ name, permissions, secret_hash: hashOf(secret) })
          .execute();
        await record(trx, "service.created", name, { permissions });
      }).catch(conflictExplained);
      report(terminal, json === true, `Created the service ${name}. Its secret, shown once: ${secret}`, {
        client_id: name,
        client_secret: secret,
        permissions,
      });
    });
}

function list(group: Command, terminal: Terminal): void {
  group
    .command("list")
    .description("List the services, revoked ones too.")
    .addHelpText("after", examples("condo services list"))
    .action(async (_options: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      const found = await withPlatformDatabase(terminal, (trx) =>
        trx.selectFrom("service_clients").select(columns).orderBy("name").execute(),
      );
      const rows = found.map((service) => [
        service.name,
        service.revoked_at ? "revoked" : "active",
        (service.rotated_at ?? service.created_at).toISOString(),
        service.permissions.join(" "),
      ]);
      report(
        terminal,
        json === true,
        rows.length > 0
          ? formatTable(["NAME", "STATE", "SECRET SINCE", "PERMISSIONS"], rows)
          : "There is no service yet.",
        { services: found },
      );
    });
}

function rotate(group: Command, terminal: Terminal): void {
  group
    .command("rotate")
    .description("Give a service a new secret, which is shown once.")
    .argument("<name>", "its client_id")
    .option("--overlap <seconds>", "how long the old secret is good; 0 when it leaked", overlap, 3600)
    .addHelpText(
      "after",
      examples("condo services rotate billing", "condo services rotate billing --overlap 0"),
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<{ json?: boolean; overlap: number }>();
      const secret = newSecret();
      await withPlatformDatabase(terminal, async (trx) => {
        const rotated = await trx
          .updateTable("service_clients")
          .set((expression) => ({
            secret_hash: hashOf(secret),
            previous_secret_hash: expression.ref("secret_hash"),
            previous_expires_at: sql<Date>`now() + ${options.overlap} * interval '1 second'`,
            rotated_at: sql<Date>`now()`,
          }))
          .where("name", "=", name)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        if (rotated.numUpdatedRows === 0n) throw noService(name);
        await record(trx, "service.rotated", name, { overlap_seconds: options.overlap });
      });
      report(
        terminal,
        options.json === true,
        `The service ${name} has a new secret, shown once: ${secret}\nThe old one is good for ${options.overlap} seconds more.`,
        { client_id: name, client_secret: secret, overlap_seconds: options.overlap },
      );
    });
}

function revoke(group: Command, terminal: Terminal): void {
  group
    .command("revoke")
    .description("End a service: its tokens are refused from the next request on.")
    .argument("<name>", "its client_id")
    .addHelpText("after", examples("condo services revoke billing"))
    .action(async (name: string, _options: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: boolean }>();
      await withPlatformDatabase(terminal, async (trx) => {
        const revoked = await trx
          .updateTable("service_clients")
          .set({ revoked_at: sql<Date>`now()` })
          .where("name", "=", name)
          .where("revoked_at", "is", null)
          .executeTakeFirst();
        if (revoked.numUpdatedRows === 0n) throw noService(name);
        await record(trx, "service.revoked", name);
      });
      report(terminal, json === true, `Revoked the service ${name}.`, { client_id: name });
    });
}

async function record(trx: PlatformTrx, action: string, name: string, after?: object): Promise<void> {
  await ensurePlatformTenant(trx);
  await audit(trx, {
    tenantId: platformTenant.id,
    actor: operator(),
    action,
    subjectType: "service",
    subjectId: name,
    after: after ?? null,
  });
}

function newSecret(): string {
  return `cs_${randomBytes(32).toString("base64url")}`;
}

function hashOf(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

function noService(name: string): CommandProblem {
  return new CommandProblem("no_service", `There is no service ${name}, or it is revoked`);
}

function conflictExplained(error: unknown): never {
  if ((error as { constraint?: unknown }).constraint !== "service_clients_pkey") throw error;
  throw new CommandProblem("name_taken", "There is, or was, a service with this name already");
}

function serviceName(value: string): string {
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value))
    throw new InvalidArgumentError("It should be lower-case letters, digits and hyphens, 63 at most.");
  return value;
}

function overlap(value: string): number {
  const seconds = Number(value);
  if (!/^\d+$/.test(value) || seconds > longestOverlapSeconds)
    throw new InvalidArgumentError(`It should be seconds, ${longestOverlapSeconds} at most.`);
  return seconds;
}
