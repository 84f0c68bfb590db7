import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { constants } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../src/paths.ts";

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(`${signal} to npm run condo ends the command`, { timeout: 30_000 }, async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const listening = once(server, "request") as Promise<[unknown, ServerResponse]>;
    const child = spawn(process.execPath, [join(root, "infra/local/src/condo.ts"), "listen"], {
      env: {
        CONDO_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        CONDO_API_KEY: "ck_x",
        DATABASE_URL: "postgres://nobody@127.0.0.1:9/none",
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    try {
      const exited = once(child, "exit");
      const [, response] = await listening;
      const left = once(response, "close");
      child.kill(signal);
      assert.deepEqual(await exited, [128 + constants.signals[signal], null]);
      await left;
    } finally {
      child.kill("SIGKILL");
      server.closeAllConnections();
      server.close();
    }
  });
}
