import { newId, tenantStatuses, type PlatformTrx, type Tenant } from "@condo/schema";
import {
  changeLimits,
  createTenant,
  newSlug,
  presentTenant,
  readUsage,
  takeStep,
  type By,
  type Step,
  type Usage,
} from "@condo/tenancy";
import { InvalidArgumentError, Option, type Command } from "commander";
import { sql } from "kysely";
import { z } from "zod";
import { examples } from "../examples.ts";
import { noLimits, overridesOf, readLimit, writeLimits } from "../limit-options.ts";
import { ensurePlatformTenant, operator, problemsExplained } from "../operator.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { formatTable } from "../table.ts";
import { tenantOf } from "../tenant-of.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";
import { exportAll } from "./export-tenant.ts";

const daySeconds = 86_400;
/** An empty text, as of a variable that is not set, is no number: it would be nought. */
const days = z.string().trim().min(1, "It should be a number of days.").pipe(z.coerce.number());

export function tenants(program: Command, terminal: Terminal): void {
  const group = program.command("tenants").description("Tenants: their life, their plans, their data");
  list(group, terminal);
  show(group, terminal);
  create(group, terminal);
  suspend(group, terminal);
  resume(group, terminal);
  close(group, terminal);
  plan(group, terminal);
  exportAll(group, terminal);
}

function list(group: Command, terminal: Terminal): void {
  group
    .command("list")
    .description("List tenants, newest first.")
    .addOption(new Option("--status <status>", "with this status").choices(tenantStatuses))
    .option("--plan <plan>", "on this plan")
    .option("--search <text>", "with this in name, slug or domain")
    .option("--limit <number>", "so many at most", atMost, 100)
    .option("--cursor <id>", "go on behind a page before", parsed(z.uuid()))
    .addHelpText(
      "after",
      examples("condo tenants list --status suspended", "condo tenants list --search acme --limit 10"),
    )
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<{
        json?: boolean;
        status?: string;
        plan?: string;
        search?: string;
        limit: number;
        cursor?: string;
      }>();
      const { rows: found } = await withPlatformDatabase(terminal, (trx) =>
        sql<Tenant>`
          select * from list_tenants(${options.search ?? null}, ${options.status ? [options.status] : null}::text[],
            ${options.plan ?? null}, ${options.cursor ?? null}, ${options.limit + 1})
        `.execute(trx),
      );
      const rows = found.slice(0, options.limit);
      const cursor = found.length > rows.length ? (rows.at(-1)?.id ?? null) : null;
      const more = cursor === null ? "" : `\nMore: --cursor ${cursor}`;
      const lines = rows.map((tenant) => [
        tenant.slug,
        tenant.name,
        tenant.status,
        tenant.plan,
        tenant.created_at.toISOString(),
        tenant.id,
      ]);
      report(
        terminal,
        options.json === true,
        rows.length > 0
          ? `${formatTable(["SLUG", "NAME", "STATUS", "PLAN", "SINCE", "ID"], lines)}${more}`
          : "There is no such tenant.",
        { tenants: rows.map(presentTenant), next_cursor: cursor },
      );
    });
}

function show(group: Command, terminal: Terminal): void {
  group
    .command("show")
    .description("Show a tenant, and what it uses of what it may have.")
    .argument("<tenant>", "its slug or id")
    .addHelpText("after", examples("condo tenants show acme"))
    .action(async (reference: string, _options: unknown, command: Command) => {
      const { tenant, usage } = await withPlatformDatabase(terminal, async (trx) => {
        const tenant = await tenantOf(trx, reference);
        return { tenant, usage: await readUsage(trx, tenant.id, new Date()) };
      });
      report(terminal, isJson(command), shown(tenant, usage), {
        tenant: presentTenant(tenant),
        limits: usage.limits,
        used: {
          users: usage.users,
          sources: usage.sources,
          destinations: usage.destinations,
          events_per_month: usage.events,
        },
      });
    });
}

function shown(tenant: Tenant, usage: Usage): string {
  const { limits } = usage;
  const of = (used: number, limit: number | null) => `${used} of ${limit ?? "any number"}`;
  const rows: [string, string | number | null][] = [
    ["id", tenant.id],
    ["slug", tenant.slug],
    ["name", tenant.name],
    ["domain", tenant.domain],
    ["status", tenant.status + (tenant.status_reason ? ` (${tenant.status_reason})` : "")],
    ["since", tenant.status_changed_at.toISOString()],
    ["trial ends", tenant.trial_ends_at?.toISOString() ?? null],
    ["erased after", tenant.erase_after?.toISOString() ?? null],
    ["plan", tenant.plan],
    ["users", of(usage.users, limits.users)],
    ["sources", of(usage.sources, limits.sources)],
    ["destinations", of(usage.destinations, limits.destinations)],
    ["events this month", of(usage.events, limits.events_per_month)],
    ["bytes a payload", limits.payload_bytes ?? "any number"],
    ["events are kept", `${limits.event_retention_days} days`],
  ];
  return formatTable(
    ["", ""],
    rows.filter(([, value]) => value !== null),
  ).trimStart();
}

function create(group: Command, terminal: Terminal): void {
  group
    .command("create")
    .description("Create a tenant. Its admin, where one is named, gets a mail to set a password with.")
    .argument("<slug>", "names it in URLs: its subdomain", parsed(newSlug))
    .requiredOption("--name <name>", "what people call it", parsed(z.string().trim().min(1).max(200)))
    .option("--plan <plan>", "its plan; `standard` by default")
    .option(
      "--trial-days <days>",
      "on trial for so long, and suspended then",
      parsed(days.pipe(z.number().min(1).max(3650))),
    )
    .option(
      "--admin-email <address>",
      "its first admin",
      parsed(z.string().trim().toLowerCase().max(320).pipe(z.email())),
    )
    .option("--admin-first-name <name>", "first name", parsed(z.string().trim().min(1).max(100)), "Tenant")
    .option("--admin-last-name <name>", "last name", parsed(z.string().trim().min(1).max(100)), "Admin")
    .addHelpText(
      "after",
      examples(
        'condo tenants create acme --name "Acme Inc"',
        'condo tenants create acme --name "Acme Inc" --plan team --trial-days 14 --admin-email ada@acme.example',
      ),
    )
    .action(async (slug: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<{
        name: string;
        plan?: string;
        trialDays?: number;
        adminEmail?: string;
        adminFirstName: string;
        adminLastName: string;
      }>();
      const { adminEmail: email, adminFirstName: first_name, adminLastName: last_name, trialDays } = options;
      const tenant = await operate(terminal, (trx, by) =>
        createTenant(
          trx,
          {
            id: newId(),
            slug,
            name: options.name,
            plan: options.plan,
            trialEndsAt:
              trialDays === undefined ? null : new Date(Date.now() + trialDays * daySeconds * 1000),
            admin: email === undefined ? undefined : { email, first_name, last_name },
          },
          by,
        ),
      );
      report(terminal, isJson(command), `Created the tenant ${tenant.slug} (${tenant.id}).`, {
        tenant: presentTenant(tenant),
      });
    });
}

function suspend(group: Command, terminal: Terminal): void {
  group
    .command("suspend")
    .description(
      "Let nobody log in and nothing be sent, from the next request on. Webhooks are kept until it is resumed.",
    )
    .argument("<tenant>", "its slug or id")
    .option(
      "--reason <text>",
      "why, for whoever looks at the tenant",
      parsed(z.string().trim().min(1).max(500)),
    )
    .addHelpText("after", examples('condo tenants suspend acme --reason "Not paid"'))
    .action(async (reference: string, _options: unknown, command: Command) => {
      const { reason } = command.opts<{ reason?: string }>();
      await step(terminal, command, reference, () => "suspend", { reason });
    });
}

function resume(group: Command, terminal: Terminal): void {
  group
    .command("resume")
    .description("Resume a suspended tenant, or call off the closing of one.")
    .argument("<tenant>", "its slug or id")
    .addHelpText("after", examples("condo tenants resume acme"))
    .action(async (reference: string, _options: unknown, command: Command) => {
      await step(terminal, command, reference, ({ status }) => (status === "closing" ? "reopen" : "resume"));
    });
}

function close(group: Command, terminal: Terminal): void {
  group
    .command("close")
    .description("Close a tenant, and have everything of it erased after a grace. Export it before.")
    .argument("<tenant>", "its slug or id")
    .option("--confirm <slug>", "its slug once more: without it, nothing is done")
    .option(
      "--grace-days <days>",
      "until it is erased; till then it can be resumed",
      parsed(days.pipe(z.number().min(0).max(365))),
      30,
    )
    .addHelpText("after", examples("condo tenants close acme --confirm acme --grace-days 30"))
    .action(async (reference: string, _options: unknown, command: Command) => {
      const { confirm, graceDays } = command.opts<{ confirm?: string; graceDays: number }>();
      await step(
        terminal,
        command,
        reference,
        ({ slug, name }) => {
          if (confirm === slug) return "close";
          throw new CommandProblem(
            "not_confirmed",
            `This erases everything of ${name} in ${graceDays} days. To mean it, add --confirm ${slug}`,
          );
        },
        { graceSeconds: Math.round(graceDays * daySeconds) },
      );
    });
}

async function step(
  terminal: Terminal,
  command: Command,
  reference: string,
  which: (tenant: Tenant) => Step,
  options: { reason?: string | undefined; graceSeconds?: number } = {},
): Promise<void> {
  const after = await operate(terminal, async (trx, by) => {
    const tenant = await tenantOf(trx, reference);
    return (await takeStep(trx, tenant.id, which(tenant), { ...by, ...options })) ?? tenant;
  });
  const until = after.erase_after ? ` It is erased after ${after.erase_after.toISOString()}.` : "";
  report(terminal, isJson(command), `The tenant ${after.slug} is ${after.status}.${until}`, {
    tenant: presentTenant(after),
  });
}

function plan(group: Command, terminal: Terminal): void {
  group
    .command("plan")
    .description("Give a tenant another plan, or limits of its own.")
    .argument("<tenant>", "its slug or id")
    .argument("[plan]", "its new plan")
    .option("--limit <name=value...>", "a limit of its own: a number, none, yes or no", readLimit, noLimits)
    .option("--plan-limits", "take its own limits away first")
    .addHelpText(
      "after",
      examples(
        "condo tenants plan acme free",
        "condo tenants plan acme --limit users=20 --limit sources=none",
      ),
    )
    .action(async (reference: string, name: string | undefined, _options: unknown, command: Command) => {
      const { limit, planLimits } = command.opts<{ limit: Record<string, unknown>; planLimits?: boolean }>();
      const isChanged = planLimits === true || Object.keys(limit).length > 0;
      if (name === undefined && !isChanged) {
        throw new CommandProblem("nothing_to_do", "Name a plan, or give --limit or --plan-limits");
      }
      const after = await operate(terminal, async (trx, by) => {
        const tenant = await tenantOf(trx, reference);
        const overrides = isChanged
          ? overridesOf({ ...(planLimits ? {} : tenant.limit_overrides), ...limit })
          : undefined;
        return (await changeLimits(trx, tenant.id, { plan: name, overrides }, by)) ?? tenant;
      });
      const own = writeLimits(after.limit_overrides);
      const beside = own === "" ? "" : `, with ${own}`;
      report(terminal, isJson(command), `The tenant ${after.slug} is on the plan ${after.plan}${beside}.`, {
        tenant: presentTenant(after),
      });
    });
}

/** Does something as the operator, who has a tenant to be audited in. */
async function operate<T>(terminal: Terminal, fn: (trx: PlatformTrx, by: By) => Promise<T>): Promise<T> {
  return withPlatformDatabase(terminal, async (trx) => {
    await ensurePlatformTenant(trx);
    return fn(trx, { actor: operator(), isOperator: true });
  }).catch(problemsExplained);
}

function isJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

function atMost(value: string): number {
  return parsed(z.coerce.number().int().min(1).max(10_000))(value);
}

function parsed<T>(schema: z.ZodType<T>): (value: string) => T {
  return (value) => {
    const result = schema.safeParse(value);
    if (!result.success)
      throw new InvalidArgumentError(result.error.issues[0]?.message ?? "It is not right.");
    return result.data;
  };
}
