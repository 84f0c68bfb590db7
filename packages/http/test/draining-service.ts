import { buildService, createLogger, main, serve } from "../src/index.ts";

/** A service of one route, as a process: for what only a signal shows. */
await main("draining", async () => {
  const app = await buildService({
    name: "draining",
    logger: createLogger("draining", "info"),
    trustProxy: ["loopback"],
    checks: {},
  });
  app.get("/thing", { config: { access: "public" } }, async () => ({ done: true }));
  await serve(app, { host: "127.0.0.1", port: Number(process.env["PORT"]), drainDelayMs: 2_000 });
});
