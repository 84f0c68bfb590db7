import { changePlan } from "@condo/tenancy";
import { InvalidArgumentError, type Command } from "commander";
import { examples } from "../examples.ts";
import { noLimits, overridesOf, readLimit, writeLimits } from "../limit-options.ts";
import { ensurePlatformTenant, operator } from "../operator.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { formatTable } from "../table.ts";
import { report, type Terminal } from "../terminal.ts";

export function plans(program: Command, terminal: Terminal): void {
  const group = program.command("plans").description("Plans: what tenants may have");
  list(group, terminal);
  set(group, terminal);
}

function list(group: Command, terminal: Terminal): void {
  group
    .command("list")
    .description("List the plans, with their limits.")
    .addHelpText("after", examples("condo plans list"))
    .action(async (_options: unknown, command: Command) => {
      const found = await withPlatformDatabase(terminal, (trx) =>
        trx.selectFrom("plans").select(["name", "description", "limits"]).orderBy("name").execute(),
      );
      const rows = found.map(({ name, description, limits }) => [name, description, writeLimits(limits)]);
      report(terminal, isJson(command), formatTable(["NAME", "DESCRIPTION", "LIMITS"], rows), {
        plans: found,
      });
    });
}

function set(group: Command, terminal: Terminal): void {
  group
    .command("set")
    .description("Make a plan, or change one for every tenant that is on it.")
    .argument("<name>", "its name", planName)
    .option("--description <text>", "for whom it is")
    .option("--limit <name=value...>", "a number, none, yes or no; the others stay", readLimit, noLimits)
    .addHelpText("after", examples("condo plans set free --limit users=10 --limit oidc=no"))
    .action(async (name: string, _options: unknown, command: Command) => {
      const { description, limit } = command.opts<{ description?: string; limit: Record<string, unknown> }>();
      const plan = await withPlatformDatabase(terminal, async (trx) => {
        await ensurePlatformTenant(trx);
        return changePlan(trx, name, { description, limits: overridesOf(limit) }, { actor: operator() });
      });
      report(terminal, isJson(command), `The plan ${name} has ${writeLimits(plan.limits)}.`, {
        name,
        description: plan.description,
        limits: plan.limits,
      });
    });
}

function planName(value: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return value;
  throw new InvalidArgumentError("It should have lower-case letters, digits and hyphens.");
}

function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}
