import { createLogger, main, readConfig, serve } from "@condo/http";
import { buildApp } from "./app.ts";
import { configSchema } from "@condo/settings/identity-api";

await main("identity-api", async () => {
  const config = readConfig(configSchema, process.env);
  const app = await buildApp(config, createLogger("identity-api", config.LOG_LEVEL));
  await serve(app, { host: config.HOST, port: config.PORT, drainDelayMs: config.DRAIN_DELAY_MS });
});
