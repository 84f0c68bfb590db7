import { pipeline, Readable } from "node:stream";
import { roles } from "@condo/schema";
import { CsvError, parse, type Info } from "csv-parse";
import { z } from "zod";
import { bodyTooLarge, importTooLong, malformedImport } from "./errors.ts";
import { isUsableHash, usableHashes } from "./password-hasher.ts";
import { email, personName } from "./routes/schemas.ts";

export type ImportFormat = "csv" | "ndjson";

export const importLimits = { lines: 10_000, bytes: 16 * 1024 * 1024, lineChars: 64 * 1024 } as const;

const rowSchema = z.strictObject({
  email,
  first_name: personName,
  last_name: personName,
  role: z.enum(roles).default("user"),
  is_active: z.boolean().default(true),
  password_hash: z.string().max(256).refine(isUsableHash, `should be ${usableHashes}`).nullish(),
});

type ImportedUser = z.output<typeof rowSchema>;

export interface FailedLine {
  line: number;
  code: string;
  detail: string;
}

export interface Import {
  users: (ImportedUser & { line: number })[];
  failures: FailedLine[];
}

type Line = { line: number; fields: unknown } | { line: number; unreadable: string };

/**
 * Reads users from a stream, line by line, without holding its text. A line that is no user becomes a failure; what can't
 * be read as lines at all is a problem of the whole.
 */
export async function readImport(body: Readable, format: ImportFormat): Promise<Import> {
  const users: Import["users"] = [];
  const failures: FailedLine[] = [];
  const lineOfEmail = new Map<string, number>();
  for await (const line of format === "csv" ? csvLines(body) : jsonLines(body)) {
    if (users.length + failures.length >= importLimits.lines) throw importTooLong(importLimits.lines);
    if ("unreadable" in line) {
      failures.push({ line: line.line, code: "malformed_line", detail: line.unreadable });
      continue;
    }
    const row = rowSchema.safeParse(line.fields);
    if (!row.success) {
      const detail = row.error.issues.map(({ path, message }) => [...path, message].join(" ")).join("; ");
      failures.push({ line: line.line, code: "validation_failed", detail });
      continue;
    }
    const earlier = lineOfEmail.get(row.data.email);
    if (earlier !== undefined) {
      failures.push({ line: line.line, code: "email_taken", detail: `line ${earlier} has this address too` });
      continue;
    }
    lineOfEmail.set(row.data.email, line.line);
    users.push({ ...row.data, line: line.line });
  }
  return { users, failures };
}

/** The whole of a stream, where it has to be at hand before it is read. */
export async function bytesOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of boundedChunks(body)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* boundedChunks(body: Readable): AsyncGenerator<Buffer> {
  let bytes = 0;
  // Kept open, so that a refusal can still be answered while the body arrives.
  for await (const chunk of body.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes > importLimits.bytes) throw bodyTooLarge(importLimits.bytes);
    yield chunk as Buffer;
  }
}

async function* textOf(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of boundedChunks(body)) {
    yield decoded(() => decoder.decode(chunk, { stream: true }));
  }
  yield decoded(() => decoder.decode());
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw malformedImport("The text is not UTF-8.");
  }
}

async function* jsonLines(body: Readable): AsyncGenerator<Line> {
  let line = 0;
  let rest = "";
  for await (const text of textOf(body)) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > importLimits.lineChars)
      throw malformedImport(`Line ${line + lines.length + 1} is too long.`);
    for (const content of lines) {
      line++;
      if (content.trim() !== "") yield jsonLine(line, content);
    }
  }
  if (rest.trim() !== "") yield jsonLine(line + 1, rest);
}

function jsonLine(line: number, content: string): Line {
  try {
    return { line, fields: JSON.parse(content) as unknown };
  } catch {
    return { line, unreadable: "is not JSON" };
  }
}

async function* csvLines(body: Readable): AsyncGenerator<Line> {
  const skipped: Line[] = [];
  const parser = parse({
    bom: true,
    columns: columnsOf,
    info: true,
    max_record_size: importLimits.lineChars,
    on_skip: (error) => {
      const line = Number(error?.["lines"] ?? 0);
      skipped.push({ line, unreadable: "has more or fewer columns, or quotes that do not close" });
    },
    skip_empty_lines: true,
    skip_records_with_error: true,
    trim: true,
  });
  pipeline(Readable.from(textOf(body)), parser, () => undefined);
  try {
    for await (const entry of parser) {
      yield* skipped.splice(0);
      const { record, info } = entry as { record: Record<string, string>; info: Info };
      yield { line: info.lines, fields: fieldsOf(record) };
    }
    yield* skipped;
  } catch (error) {
    if (error instanceof CsvError) throw malformedImport(`The CSV can't be read: ${error.message}.`);
    throw error;
  }
}

const columns: readonly string[] = Object.keys(rowSchema.shape);

function columnsOf(header: string[]): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !columns.includes(name));
  if (unknown !== undefined)
    throw malformedImport(`There is no column ${JSON.stringify(unknown)}; there are ${columns.join(", ")}.`);
  if (new Set(names).size < names.length) throw malformedImport("A column is there twice.");
  return names;
}

/** A record's fields as JSON would have them: an empty one is not there. */
function fieldsOf(record: Record<string, string>): Record<string, unknown> {
  const given = Object.entries(record).filter(([, value]) => value !== "");
  return Object.fromEntries(
    given.map(([name, value]) => [name, name === "is_active" ? truth(value) : value]),
  );
}

function truth(value: string): unknown {
  return { true: true, false: false }[value.toLowerCase()] ?? value;
}
