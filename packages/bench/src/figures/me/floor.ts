import { fastify } from "fastify";
import { tellReady } from "../../machine/floor-process.ts";

// An answer of the same size as Condo's, without asking who asks.
const app = fastify();
const answer = JSON.parse(process.env["ANSWER"] ?? "{}") as object;

app.get("/auth/me", async () => answer);

tellReady({ url: await app.listen({ host: "127.0.0.1", port: 0 }) });
