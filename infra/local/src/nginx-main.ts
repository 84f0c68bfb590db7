import { main, readConfig } from "@condo/http";
import { gatewayConfig } from "./gateway-config.ts";
import { startNginx } from "./nginx-gateway.ts";

// The gateway of an installation in place of this machine's, with the same variables.
await main("gateway", async () => {
  const config = readConfig(gatewayConfig, process.env);
  const nginx = await startNginx({
    port: config.PORT,
    servers: "behind-a-balancer.conf",
    upstreams: {
      "identity-api:8081": new URL(config.IDENTITY_URL).host,
      "tenant-api:8082": new URL(config.TENANT_URL).host,
      "webhook-ingest:8083": new URL(config.INGEST_URL).host,
    },
    replacements: [
      ["listen 8080", `listen 127.0.0.1:${config.PORT}`],
      ["listen [::]:8080 default_server;", ""],
    ],
  });
  const end = (code: number): void => void nginx.stop().then(() => process.exit(code));
  const died = (code: number | null): void => end(code ?? 1);
  nginx.process.once("exit", died);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      nginx.process.off("exit", died);
      end(0);
    });
  }
});
