import { maskSecrets, type PlatformTrx, type Tenant, type TenantTrx } from "@condo/schema";
import { exportedTables, type ExportedTable } from "./exported-tables.ts";
import { readRows } from "./read-rows.ts";
import { tarEnd, tarMember } from "./tar.ts";

/** Runs a question in a transaction of its own: for the tenant itself, or across tenants. */
export type Ask = <T>(question: (trx: TenantTrx | PlatformTrx) => Promise<T>) => Promise<T>;

interface TableInManifest {
  name: string;
  rows: number;
  files: string[];
  columns: string[];
  left_out: string[];
}

/** Bytes that are gathered before they become a file of the archive; one row may go beyond. */
const fileBytes = 4 * 1024 * 1024;

/**
 * Everything that a tenant owns, as a tar archive: for each table files of JSON lines, and at the end `manifest.json`,
 * which says what is in it and what is left out: secrets, hashes, machinery. An archive without its manifest is not whole.
 * It is read as it is taken, a few megabytes at a time, so its size does not matter; rows that change meanwhile are as they
 * were when they were read.
 */
export async function* exportTenant(ask: Ask, tenant: Tenant): AsyncGenerator<Buffer> {
  const begun = new Date();
  const tables: TableInManifest[] = [];
  for (const table of await ask(exportedTables)) {
    const entry: TableInManifest = {
      name: table.name,
      rows: 0,
      files: [],
      columns: table.columns.map(({ name }) => name),
      left_out: table.leftOut,
    };
    tables.push(entry);
    for await (const { lines, rows } of filesOf(ask, table, tenant.id)) {
      const name = `${table.name}${entry.files.length === 0 ? "" : `.${entry.files.length + 1}`}.ndjson`;
      entry.files.push(name);
      entry.rows += rows;
      yield* tarMember(name, lines, begun);
    }
  }
  const manifest = {
    format: 1,
    tenant: { id: tenant.id, slug: tenant.slug, name: tenant.name },
    begun_at: begun.toISOString(),
    finished_at: new Date().toISOString(),
    tables,
  };
  yield* tarMember("manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), begun);
  yield tarEnd;
}

async function* filesOf(
  ask: Ask,
  table: ExportedTable,
  tenantId: string,
): AsyncGenerator<{ lines: Buffer; rows: number }> {
  let lines: Buffer[] = [];
  let bytes = 0;
  for await (const batch of readRows(ask, table, tenantId)) {
    for (const row of batch) {
      const line = Buffer.from(`${JSON.stringify(present(table, row))}\n`);
      lines.push(line);
      bytes += line.length;
      if (bytes < fileBytes) continue;
      yield { lines: Buffer.concat(lines), rows: lines.length };
      [lines, bytes] = [[], 0];
    }
  }
  if (lines.length > 0) yield { lines: Buffer.concat(lines), rows: lines.length };
}

function present({ name: table, columns }: ExportedTable, row: Record<string, unknown>): object {
  return Object.fromEntries(
    columns.map(({ name, kind }) => {
      const value = row[name];
      if (kind === "bytes") {
        return [`${name}_base64`, Buffer.isBuffer(value) ? value.toString("base64") : null];
      }
      // What a sender sent is the tenant's own, to the byte.
      return [name, kind === "json" && table !== "webhook_events" ? maskSecrets(value) : value];
    }),
  );
}
