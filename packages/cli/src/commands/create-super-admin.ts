import { emit } from "@condo/events";
import { audit, newId, platformTenant, type PlatformTrx } from "@condo/schema";
import argon2 from "argon2";
import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { examples } from "../examples.ts";
import { ensurePlatformTenant, operator } from "../operator.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { readNewPassword } from "../read-password.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";

interface Options {
  email: string;
  firstName: string;
  lastName: string;
  passwordStdin?: boolean;
  json?: boolean;
}

export function createSuperAdmin(users: Command, terminal: Terminal): void {
  users
    .command("create-super-admin")
    .description("Create a super admin, who logs in to the tenant `platform`. Asks for the password.")
    .requiredOption("--email <address>", "what they log in with", email)
    .option("--first-name <name>", "first name", name, "Super")
    .option("--last-name <name>", "last name", name, "Admin")
    .option("--password-stdin", "read the password from stdin instead")
    .addHelpText(
      "after",
      examples(
        "condo users create-super-admin --email ops@example.com",
        "condo users create-super-admin --email ops@example.com --password-stdin < password.txt",
      ),
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const password = await readNewPassword(terminal, options.passwordStdin === true);
      const user = {
        id: newId(),
        tenant_id: platformTenant.id,
        email: options.email,
        password_hash: await hash(password),
        first_name: options.firstName,
        last_name: options.lastName,
        role: "super_admin",
      } as const;
      await withPlatformDatabase(terminal, (trx) => insert(trx, user)).catch(conflictsExplained);
      report(
        terminal,
        options.json === true,
        `Created the super admin ${user.email}, who logs in to the tenant "${platformTenant.slug}".`,
        { id: user.id, email: user.email, tenant_id: platformTenant.id, tenant_slug: platformTenant.slug },
      );
    });
}

async function insert(
  trx: PlatformTrx,
  user: {
    id: string;
    tenant_id: string;
    email: string;
    password_hash: string;
    first_name: string;
    last_name: string;
    role: "super_admin";
  },
): Promise<void> {
  await ensurePlatformTenant(trx);
  await trx.insertInto("users").values(user).execute();
  await emit(trx, platformTenant.id, "user.created", { user_id: user.id, role: user.role });
  await audit(trx, {
    tenantId: platformTenant.id,
    actor: operator(),
    action: "user.created",
    subjectType: "user",
    subjectId: user.id,
    after: { email: user.email, role: user.role },
  });
}

/** As identity-api hashes (OWASP's parameters); where it goes higher, the first login hashes anew. */
function hash(password: string): Promise<string> {
  return argon2.hash(password, { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 });
}

function conflictsExplained(error: unknown): never {
  const constraint = (error as { constraint?: unknown }).constraint;
  if (constraint === "users_tenant_id_email_key")
    throw new CommandProblem("email_taken", "There is a super admin with this e-mail address already");
  throw error;
}

function email(value: string): string {
  const parsed = z.string().trim().toLowerCase().max(320).pipe(z.email()).safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError("It is no e-mail address.");
  return parsed.data;
}

function name(value: string): string {
  const parsed = z.string().trim().min(1).max(100).safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError("It should have 1 to 100 characters.");
  return parsed.data;
}
