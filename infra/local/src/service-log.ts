import { type WriteStream, createWriteStream, mkdirSync, openSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";

const limitBytes = 20 * 1024 * 1024;
const tailLines = 20;
const echoMs = 10_000;
const warning = new Set(["warn", "error", "fatal"]);

export interface ServiceLog {
  readonly file: string;
  /** Takes a line that the service wrote. */
  readonly take: (line: string) => void;
  /** The last lines, for saying why a service went. */
  tail(): string[];
  close(): void;
}

/**
 * Keeps a service's log in a file that is emptied when it has grown too large, and tells of its warnings and errors.
 *
 * @param isVerbose whether to tell of every line
 */
export function openServiceLog(
  dir: string,
  name: string,
  tell: (line: string) => void,
  isVerbose: boolean,
): ServiceLog {
  mkdirSync(join(dir, "logs"), { recursive: true });
  const file = join(dir, "logs", `${name}.log`);
  let stream: WriteStream | undefined = open();
  let size = statSync(file).size;
  const last: string[] = [];
  const told = new Map<string, number>();

  /** What a full disk does not take is lost, and no reason to end: the next line is tried anew. */
  function open(): WriteStream {
    return createWriteStream(file, { fd: openSync(file, "a", 0o600) }).on("error", (error) => {
      stream = undefined;
      say(`its log can't be written: ${error.message}`);
    });
  }

  function write(line: string): void {
    try {
      stream ??= open();
      if (size > limitBytes) {
        size = 0;
        truncateSync(file);
      }
      size += Buffer.byteLength(line) + 1;
      stream.write(`${line}\n`);
    } catch (error) {
      say(`its log can't be written: ${(error as Error).message}`);
    }
  }

  function say(short: string): void {
    if (isVerbose || !isEcho(short)) tell(`${name.padEnd(14)} ${short}`);
  }

  /** The same trouble, told a moment ago: a dead engine is met by each request. */
  function isEcho(short: string): boolean {
    const toldAt = told.get(short) ?? -Infinity;
    if (performance.now() - toldAt < echoMs) return true;
    told.set(short, performance.now());
    return false;
  }

  return {
    file,
    take(line) {
      write(line);
      last.push(line);
      if (last.length > tailLines) last.shift();
      const short = isVerbose ? line : inShort(line);
      if (short !== undefined) say(short);
    },
    tail: () => [...last],
    close: () => stream?.end(),
  };
}

/** A warning or an error in one line, undefined for what is none. */
export function inShort(line: string): string | undefined {
  if (!line.startsWith("{")) return line.trim() || undefined;
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: string; err?: { message?: string } };
    if (!warning.has(String(entry.level))) return undefined;
    const reason = entry.err?.message?.split("\n", 1)[0];
    return [entry.level, entry.msg, reason && `(${reason})`].filter(Boolean).join(" ");
  } catch {
    return line;
  }
}
