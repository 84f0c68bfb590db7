import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { removeEngines } from "@condo/engines";
import type { Bench } from "../../bench.ts";
import type { Figure, Line } from "../../figure.ts";
import { medianOf } from "../../spread.ts";

/** P8: how long it takes from the start to the first webhook that is acknowledged. */
export const start: Figure = {
  id: "P8",
  title: "start",
  async take(bench) {
    const [first, again]: [number[], number[]] = [[], []];
    for (let round = 0; round < (bench.isQuick ? 1 : 3); round++) {
      const dir = join(bench.dir, `start-${round}`);
      first.push(await secondsToFirstAnswer(dir, bench));
      again.push(await secondsToFirstAnswer(dir, bench));
      await removeEngines(dir);
    }
    return [
      lineOf("to the first 202, the first time", first, 15),
      lineOf("to the first 202, again", again, 5),
    ];
  },
};

async function secondsToFirstAnswer(dir: string, bench: Bench): Promise<number> {
  const begun = performance.now();
  const script = fileURLToPath(new URL("./first-start.ts", import.meta.url));
  const child = fork(script, {
    env: { ...process.env, FLEET_DIR: dir, NODE_COMPILE_CACHE: join(dir, "compile-cache") },
  });
  const exit = once(child, "exit");
  const [message] = (await Promise.race([once(child, "message"), exit])) as [{ status?: string } | number];
  const seconds = (performance.now() - begun) / 1000;
  if (typeof message !== "object" || message?.status !== "202") {
    throw new Error(`the start came to ${JSON.stringify(message)}`);
  }
  child.send("end");
  await exit;
  bench.onLine(`  started in ${seconds.toFixed(1)} s`);
  return seconds;
}

function lineOf(what: string, rounds: number[], atMost: number): Line {
  return {
    what,
    value: { value: medianOf(rounds), unit: "s" },
    rounds,
    unit: "s",
    goal: { atMost },
    how: "a process of its own starts engines, schema and services, registers a tenant and posts a signed webhook",
    notes: ["after installation: bringing Node, packages and engines from the network is not in it"],
  };
}
