import { createLogger, main, readConfig } from "@condo/http";
import { createTracing } from "@condo/tracing";
import closeWithGrace from "close-with-grace";
import { buildGateway } from "./gateway-app.ts";
import { gatewayConfig } from "./gateway-config.ts";

const closeLimitMs = 10_000;

await main("gateway", async () => {
  const config = readConfig(gatewayConfig, process.env);
  const app = await buildGateway({
    tracing: await createTracing("gateway", config),
    upstreams: { identity: config.IDENTITY_URL, tenant: config.TENANT_URL, ingest: config.INGEST_URL },
    logger: createLogger("gateway", config.LOG_LEVEL),
  });
  closeWithGrace({ delay: closeLimitMs, logger: app.log }, () => app.close());
  await app.listen({ host: config.HOST, port: config.PORT });
});
