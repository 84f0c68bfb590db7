import { createLogger, main, readConfig, serve } from "@condo/http";
import { buildApp } from "./app.ts";
import { configSchema } from "@condo/settings/worker";

await main("worker", async () => {
  const config = readConfig(configSchema, process.env);
  const app = await buildApp(config, createLogger("worker", config.LOG_LEVEL));
  await serve(app, { host: config.HOST, port: config.PORT, drainDelayMs: config.DRAIN_DELAY_MS });
});
