import { rmSync } from "node:fs";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { emit } from "@condo/events";
import type { PlatformTrx, Tenant } from "@condo/schema";
import { auditBy, exportTenant } from "@condo/tenancy";
import type { Command } from "commander";
import { examples } from "../examples.ts";
import { ensurePlatformTenant, operator } from "../operator.ts";
import { askPlatformDatabase } from "../platform-database.ts";
import { tenantOf } from "../tenant-of.ts";
import { CommandProblem, report, type Terminal } from "../terminal.ts";

const endings = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const ofFiles = new Set([
  "EACCES",
  "EDQUOT",
  "EFBIG",
  "EIO",
  "ENOENT",
  "ENOSPC",
  "ENOTDIR",
  "EPERM",
  "EROFS",
]);

export function exportAll(group: Command, terminal: Terminal): void {
  group
    .command("export")
    .description("Write everything that a tenant owns to an archive (tar.gz): JSON lines, a file a table.")
    .argument("<tenant>", "its slug or id")
    .option("--output <file>", "where to; `<slug>.tar.gz` by default")
    .addHelpText("after", examples("condo tenants export acme --output acme.tar.gz"))
    .action(async (reference: string, _options: unknown, command: Command) => {
      const { output, json } = command.optsWithGlobals<{ output?: string; json?: boolean }>();
      const { tenant, file } = await askPlatformDatabase(terminal, async (ask) => {
        const tenant = await ask((trx) => tenantOf(trx, reference));
        const file = output ?? `${tenant.slug}.tar.gz`;
        await writeNew(file, async function* () {
          await ask((trx) => tellOf(trx, tenant));
          yield* exportTenant(ask, tenant);
        });
        return { tenant, file };
      });
      report(terminal, json === true, `Wrote everything of ${tenant.slug} to ${file}.`, {
        tenant_id: tenant.id,
        file,
      });
    });
}

async function tellOf(trx: PlatformTrx, { id, slug }: Tenant): Promise<void> {
  await ensurePlatformTenant(trx);
  await emit(trx, id, "tenant.exported", { slug });
  const what = { tenantId: id, action: "tenant.exported", subjectType: "tenant", subjectId: id };
  await auditBy(trx, { actor: operator(), isOperator: true }, what);
}

/** For its owner's eyes, over no other file, and never half: it has its name once it is whole and on the disk. */
async function writeNew(file: string, archive: () => AsyncGenerator<Buffer>): Promise<void> {
  if (await stat(file).catch(() => undefined)) throw isThere(file);
  const draft = `${file}.${process.pid}.part`;
  const target = await open(draft, "wx", 0o600).catch((error: unknown) => notWritten(file, error));
  const end = (signal: NodeJS.Signals): void => {
    rmSync(draft, { force: true });
    // Nobody listens any more: it ends as it would have.
    process.kill(process.pid, signal);
  };
  for (const signal of endings) process.once(signal, end);
  try {
    await pipeline(Readable.from(archive()), createGzip(), target.createWriteStream({ flush: true }));
    // Unlike a rename, it writes over nothing. Not every file system has it.
    await link(draft, file).catch((error: unknown) => {
      if (codeOf(error) === "EEXIST") throw isThere(file);
      return rename(draft, file);
    });
  } catch (error) {
    notWritten(file, error);
  } finally {
    await rm(draft, { force: true });
    for (const signal of endings) process.off(signal, end);
  }
}

function isThere(file: string): CommandProblem {
  return new CommandProblem("file_exists", `${file} is there already`);
}

/** Says so where it is the file system that refuses. */
function notWritten(file: string, error: unknown): never {
  const code = codeOf(error);
  if (!ofFiles.has(code)) throw error;
  throw new CommandProblem("not_written", `${file} can't be written (${code})`, error);
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code);
}
