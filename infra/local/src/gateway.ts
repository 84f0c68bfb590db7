import { createLogger, main, readConfig } from "@condo/http";
import closeWithGrace from "close-with-grace";
import { z } from "zod";
import { buildGateway } from "./gateway-app.ts";

const service = z.url({ protocol: /^https?$/ });
const configSchema = z.object({
  HOST: z.string().default("localhost"),
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.string().default("info"),
  IDENTITY_URL: service,
  TENANT_URL: service,
  INGEST_URL: service,
});
const closeLimitMs = 10_000;

await main("gateway", async () => {
  const config = readConfig(configSchema, process.env);
  const app = await buildGateway({
    upstreams: { identity: config.IDENTITY_URL, tenant: config.TENANT_URL, ingest: config.INGEST_URL },
    logger: createLogger("gateway", config.LOG_LEVEL),
  });
  closeWithGrace({ delay: closeLimitMs, logger: app.log }, () => app.close());
  await app.listen({ host: config.HOST, port: config.PORT });
});
