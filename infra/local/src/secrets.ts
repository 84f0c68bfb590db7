import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What is made once for this installation and must outlive a restart. */
export interface Secrets {
  /** Encrypts secrets at rest: without it the stored ones are lost. */
  masterKey: string;
  appPassword: string;
  platformPassword: string;
  demo: DemoSecrets;
}

export interface DemoSecrets {
  password: string;
  /** Signing secrets of the demo's sources, by service name. */
  sources: Record<string, string>;
  /** The API shows a destination's secret once, when it is made. */
  destination?: { id: string; secret: string };
}

/** Reads the secrets kept in `dir`, making them the first time. */
export function keptSecrets(dir: string): Secrets {
  try {
    return JSON.parse(readFileSync(fileIn(dir), "utf8")) as Secrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const secrets: Secrets = {
    masterKey: randomBytes(32).toString("base64"),
    appPassword: randomBytes(24).toString("hex"),
    platformPassword: randomBytes(24).toString("hex"),
    demo: { password: randomBytes(15).toString("base64url"), sources: {} },
  };
  saveSecrets(dir, secrets);
  return secrets;
}

export function saveSecrets(dir: string, secrets: Secrets): void {
  const draft = `${fileIn(dir)}.${process.pid}`;
  // On the disk before its name is: after a cut of power an empty file would stand for the master key.
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, fileIn(dir));
}

function fileIn(dir: string): string {
  return join(dir, "secrets.json");
}
