import { verifyAuditChain, type BrokenLink, type ChainVerdict, type PlatformTrx } from "@condo/schema";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { withPlatformDatabase } from "../platform-database.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";

interface Options {
  tenant?: string;
  json?: boolean;
}

interface Verified {
  tenant: { id: string; slug: string };
  verdict: ChainVerdict;
}

const faults: Record<BrokenLink["fault"], string> = {
  changed_row: "the entry was changed",
  missing_row: "the entry is gone",
  missing_link: "the link is gone",
  reordered: "the link does not go on from the one before it",
  unchained_row: "the entry was slipped in past the chain",
};

export function verifyAudit(audit: Command, terminal: Terminal): void {
  audit
    .command("verify")
    .description("Check the audit log of every tenant, or of one, against its hash chain.")
    .option("--tenant <slug>", "this tenant alone, by slug or id")
    .addHelpText("after", examples("condo audit verify", "condo audit verify --tenant acme"))
    .action(async (_options: unknown, command: Command) => {
      const { tenant, json } = command.optsWithGlobals<Options>();
      const isJson = json === true;
      const verified = await withPlatformDatabase(terminal, (trx) => verifyAll(trx, tenant));
      const sentences = verified.map(sentence).join("\n") || "There is no tenant yet.";
      report(terminal, isJson, sentences, { tenants: verified.map(forPrograms) });
      const broken = verified.find(({ verdict }) => verdict.broken);
      if (broken) throw new CommandProblem("audit_chain_broken", sentence(broken));
    });
}

async function verifyAll(trx: PlatformTrx, reference: string | undefined): Promise<Verified[]> {
  let query = trx.selectFrom("tenants").select(["id", "slug"]).orderBy("slug");
  if (reference !== undefined) {
    const named = reference.toLowerCase();
    const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(named);
    query = query.where(isId ? "id" : "slug", "=", named);
  }
  const tenants = await query.execute();
  if (reference !== undefined && tenants.length === 0)
    throw new CommandProblem("no_such_tenant", `There is no tenant "${reference}"`);
  const verified: Verified[] = [];
  for (const tenant of tenants) verified.push({ tenant, verdict: await verifyAuditChain(trx, tenant.id) });
  return verified;
}

function sentence({ tenant, verdict }: Verified): string {
  const { broken, checked, waiting, head } = verdict;
  if (broken) {
    const place = broken.sequence === null ? "" : ` at link ${broken.sequence}`;
    const entry = broken.auditId === null ? "" : ` (entry ${broken.auditId})`;
    return `${tenant.slug}: broken${place}: ${faults[broken.fault]}${entry}`;
  }
  const rest = waiting === 0 ? "" : `, ${waiting} still to be linked`;
  return `${tenant.slug}: intact, ${checked} links${rest}${head ? `, head ${head.sequence}:${head.hash}` : ""}`;
}

function forPrograms({ tenant, verdict }: Verified): object {
  const { broken, ...rest } = verdict;
  return {
    tenant_id: tenant.id,
    tenant_slug: tenant.slug,
    is_intact: broken === null,
    ...rest,
    broken: broken && { fault: broken.fault, sequence: broken.sequence, audit_id: broken.auditId },
  };
}
