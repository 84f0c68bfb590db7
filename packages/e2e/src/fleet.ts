import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEngines } from "@condo/engines";
import { startFleet, type Fleet } from "@condo/local/fleet";
import { atEnd } from "@condo/testing";

/** All processes on engines of their own, on free ports; gone at the end of the test file. */
export async function startTestFleet(env: Record<string, string> = {}): Promise<Fleet> {
  const dir = await mkdtemp(join(tmpdir(), "condo-e2e-"));
  const lines: string[] = [];
  try {
    const fleet = await startFleet({ dir, port: 0, env, onLine: (line) => lines.push(line) });
    atEnd(async () => {
      await fleet.close();
      await removeEngines(dir);
    });
    return fleet;
  } catch (error) {
    throw new Error(`The fleet did not start:\n${lines.join("\n")}`, { cause: error });
  }
}
