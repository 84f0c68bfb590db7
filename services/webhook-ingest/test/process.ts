import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { freePort } from "@condo/engines";
import { atEnd, eventually } from "@condo/testing";

const server = join(import.meta.dirname, "../src/server.ts");

interface IngestProcess {
  child: ChildProcess;
  port: number;
  origin: string;
  /** What it has written to its log. */
  said: () => string;
}

/**
 * webhook-ingest in a process of its own, which listens; killed at the end of the file at the latest.
 *
 * @param options what Node is started with, and what a shell sets first
 */
export async function runIngest(
  variables: Record<string, string>,
  options: { port?: number; nodeOptions?: string[]; limits?: string } = {},
): Promise<IngestProcess> {
  const { port = await freePort(), nodeOptions = [], limits = "true" } = options;
  const command = [process.execPath, ...nodeOptions, server];
  const child = spawn("sh", ["-c", `${limits}; exec "$@"`, "sh", ...command], {
    env: { ...process.env, ...variables, HOST: "127.0.0.1", PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  atEnd(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  await eventually("it listens", async () => output.includes("Server listening"));
  return { child, port, origin: `http://127.0.0.1:${port}`, said: () => output };
}
