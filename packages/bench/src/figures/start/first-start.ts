import { startFleet } from "@condo/local/fleet";
import { openConnection } from "../../load/connection.ts";
import { requestMaker } from "../../load/requests.ts";
import { createSource, registerTenant } from "../../tenant.ts";
import { tellReady } from "../../machine/floor-process.ts";

// What `npm start` does once it is installed, to the first webhook that is acknowledged.
const serviceName = "bench";
const fleet = await startFleet({
  dir: process.env["FLEET_DIR"] ?? "",
  port: 0,
  env: { NODE_ENV: "production", LOG_LEVEL: "info" },
});
const tenant = await registerTenant(fleet.origin);
const secret = await createSource(tenant, serviceName);
const url = `${fleet.origin}/api/v1/webhooks/${serviceName}`;
const make = requestMaker({
  kind: "webhook",
  url,
  headers: { "x-tenant-id": tenant.slug },
  signing: { scheme: "standard-webhooks", secret },
  size: 256,
});
const connection = await openConnection(new URL(url));
const status = await connection.send(make(1));
connection.close();
process.on("message", () => void fleet.close().then(() => process.exit()));
tellReady({ status: String(status) });
