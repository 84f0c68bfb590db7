import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEngines } from "@condo/engines";
import { startFleet, type Fleet } from "@condo/local/fleet";
import { atEnd } from "@condo/testing";

export interface TestFleet extends Fleet {
  /** Everything that the services have logged. */
  logs(): string;
}

/** All processes on engines of their own, on free ports; gone at the end of the test file. */
export async function startTestFleet(env: Record<string, string> = {}): Promise<TestFleet> {
  const dir = await mkdtemp(join(tmpdir(), "condo-e2e-"));
  const lines: string[] = [];
  try {
    const fleet = await startFleet({ dir, port: 0, env, onLine: (line) => lines.push(line) });
    atEnd(async () => {
      await fleet.close();
      await removeEngines(dir);
    });
    return Object.assign(fleet, {
      logs: () =>
        readdirSync(join(dir, "logs"))
          .map((file) => readFileSync(join(dir, "logs", file), "utf8"))
          .join("\n"),
    });
  } catch (error) {
    throw new Error(`The fleet did not start:\n${lines.join("\n")}`, { cause: error });
  }
}
