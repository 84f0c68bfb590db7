import { startFleet } from "@condo/local/fleet";
import { createSource, registerTenant } from "../../tenant.ts";
import { endWithParent, tellReady } from "../../machine/floor-process.ts";
import { productionSettings } from "../../production-settings.ts";
import { postOne } from "./post-one.ts";

// What `npm start` does once it is installed, to the first webhook that is acknowledged.
const serviceName = "bench";
const env = { ...productionSettings, NODE_OPTIONS: process.env["SERVICE_OPTIONS"] };
const starting = startFleet({ dir: process.env["FLEET_DIR"] ?? "", port: 0, env });
endWithParent(async () => (await starting).close());
const fleet = await starting;
const tenant = await registerTenant(fleet.origin);
const secret = await createSource(tenant, serviceName);
const status = await postOne(`${fleet.origin}/api/v1/webhooks/${serviceName}`, secret, {
  "x-tenant-id": tenant.slug,
});
tellReady({ status: String(status) });
