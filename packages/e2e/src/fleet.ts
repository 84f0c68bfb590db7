import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeEngines, startPgbouncer, type PgbouncerEngine } from "@condo/engines";
import { startFleet, type Fleet, type RoleUrls } from "@condo/local/fleet";
import { atEnd } from "@condo/testing";

const gatewayScripts = {
  node: "infra/local/src/gateway.ts",
  nginx: "infra/local/src/nginx-main.ts",
} as const;

export interface TestFleetOptions {
  /** An installation's gateway by default, or `npm start`'s; CONDO_TEST_GATEWAY chooses one for all files. */
  gateway?: keyof typeof gatewayScripts;
  /** Whether services reach Postgres through PgBouncer in transaction mode. */
  isPooled?: boolean;
}

export interface TestFleet extends Fleet {
  /** Undefined where services reach Postgres directly. */
  readonly pooler: PgbouncerEngine | undefined;
  readonly gateway: keyof typeof gatewayScripts;
  /** Where mails are put, as files. */
  readonly mailDir: string;
  /** Everything that the services have logged. */
  logs(): string;
}

/** All processes on engines of their own, on free ports; gone at the end of the test file. */
export async function startTestFleet(
  env: Record<string, string> = {},
  { isPooled = false, gateway = "nginx" }: TestFleetOptions = {},
): Promise<TestFleet> {
  const chosen = (process.env["CONDO_TEST_GATEWAY"] ?? gateway) as keyof typeof gatewayScripts;
  const gatewayScript = gatewayScripts[chosen];
  // Where nginx is, or what can bring it.
  const path = chosen === "nginx" ? { PATH: process.env["PATH"] ?? "" } : {};
  const dir = await mkdtemp(join(tmpdir(), "condo-e2e-"));
  const lines: string[] = [];
  let pooler: PgbouncerEngine | undefined;
  const startPooler = async (direct: RoleUrls): Promise<RoleUrls> => {
    const { through } = (pooler = await startPgbouncer({
      dir: join(dir, "pgbouncer"),
      urls: Object.values(direct),
    }));
    return {
      appDatabaseUrl: through(direct.appDatabaseUrl),
      platformDatabaseUrl: through(direct.platformDatabaseUrl),
    };
  };
  try {
    // Of all test files together, where there is one.
    const { NODE_COMPILE_CACHE } = process.env;
    const fleet = await startFleet({
      dir,
      port: 0,
      env: { ...path, ...(NODE_COMPILE_CACHE !== undefined && { NODE_COMPILE_CACHE }), ...env },
      gatewayScript,
      onLine: (line) => lines.push(line),
      ...(isPooled ? { pooler: startPooler } : {}),
    });
    atEnd(async () => {
      await fleet.close();
      await removeEngines(dir);
    });
    return Object.assign(fleet, {
      pooler,
      gateway: chosen,
      mailDir: join(dir, "mail"),
      logs: () =>
        readdirSync(join(dir, "logs"))
          .map((file) => readFileSync(join(dir, "logs", file), "utf8"))
          .join("\n"),
    });
  } catch (error) {
    throw new Error(`The fleet did not start:\n${lines.join("\n")}`, { cause: error });
  }
}
