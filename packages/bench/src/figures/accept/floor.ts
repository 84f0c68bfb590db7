import { tellReady } from "../../machine/floor-process.ts";
import { verifyingApp } from "./verifying-app.ts";

// A webhook that is parsed and verified, and then forgotten: what no intake that stores anything can be faster than.
const app = verifyingApp(process.env["SECRET"] ?? "");
tellReady({ url: await app.listen({ host: "127.0.0.1", port: 0 }) });
