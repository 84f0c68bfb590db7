import argon2 from "argon2";
import { tellReady } from "../../machine/floor-process.ts";

// One hash after another, with the parameters that Condo stores passwords by, and as many at once as there are cores.
const stored = process.env["HASH"] ?? "";
const password = process.env["PASSWORD"] ?? "";
const durationMs = Number(process.env["DURATION_MS"]);
const cores = Number(process.env["CORES"]);

async function loop(until: number): Promise<number> {
  let count = 0;
  for (; performance.now() < until; count++) {
    if (!(await argon2.verify(stored, password))) throw new Error("the floor's password is wrong");
  }
  return count;
}

async function perSecond(atOnce: number): Promise<number> {
  const start = performance.now();
  const counts = await Promise.all(Array.from({ length: atOnce }, () => loop(start + durationMs)));
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - start) / 1000);
}

await argon2.verify(stored, password);
tellReady({ one: String(await perSecond(1)), all: String(await perSecond(cores)) });
