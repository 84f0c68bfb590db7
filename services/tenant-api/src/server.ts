import { createLogger, main, readConfig, serve } from "@condo/http";
import { buildApp } from "./app.ts";
import { configSchema } from "@condo/settings/tenant-api";

await main("tenant-api", async () => {
  const config = readConfig(configSchema, process.env);
  const app = await buildApp(config, createLogger("tenant-api", config.LOG_LEVEL));
  await serve(app, { host: config.HOST, port: config.PORT, drainDelayMs: config.DRAIN_DELAY_MS });
});
