import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { startPostgres, startRedis } from "@condo/engines";
import { endWithParent, tellReady } from "../../machine/floor-process.ts";
import { verifyingApp } from "../accept/verifying-app.ts";
import { postOne } from "./post-one.ts";

// The two engines alone, and a server that verifies: no schema, no services, no tenant.
const dir = process.env["FLEET_DIR"] ?? "";
const secret = `whsec_${randomBytes(24).toString("base64")}`;
const engines = [startPostgres({ dir: join(dir, "postgres") }), startRedis({ dir: join(dir, "redis") })];
endWithParent(async () => {
  await Promise.all(engines.map(async (starting) => (await starting).stop()));
});
const [url] = await Promise.all([verifyingApp(secret).listen({ host: "127.0.0.1", port: 0 }), ...engines]);
const status = await postOne(`${url}/webhooks/bench`, secret, {});
tellReady({ status: String(status) });
