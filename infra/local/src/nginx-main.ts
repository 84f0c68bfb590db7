import { main, readConfig } from "@condo/http";
import { gatewayConfig } from "./gateway-config.ts";
import { startNginx } from "./nginx-gateway.ts";

// The gateway of an installation in place of this machine's, with the same variables.
await main("gateway", async () => {
  const config = readConfig(gatewayConfig, process.env);
  const starting = startNginx({
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
  let isEnding = false;
  function end(code: number): void {
    if (isEnding) return;
    isEnding = true;
    const stopped = starting.then((nginx) => nginx.stop());
    stopped.then(
      () => process.exit(code),
      // What kept it from starting is told below.
      () => undefined,
    );
  }
  // From the first: a signal that comes while it starts leaves nothing behind either.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => end(0));
  const nginx = await starting;
  nginx.process.once("exit", (code) => end(code ?? 1));
});
