import { createHmac, timingSafeEqual } from "node:crypto";
import { fastify } from "fastify";
import { tellReady } from "../../machine/floor-process.ts";

// A webhook that is parsed and verified, and then forgotten: what no intake that stores anything can be faster than.
const key = Buffer.from((process.env["SECRET"] ?? "").replace(/^whsec_/, ""), "base64");
const app = fastify();

app.removeAllContentTypeParsers();
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
  const { "webhook-id": id, "webhook-timestamp": at, "webhook-signature": signature } = request.headers;
  const digest = createHmac("sha256", key)
    .update(`${String(id)}.${String(at)}.`)
    .update(body)
    .digest();
  const given = Buffer.from(String(signature).slice("v1,".length), "base64");
  if (given.length !== digest.length || !timingSafeEqual(given, digest)) {
    done(Object.assign(new Error("wrong signature"), { statusCode: 401 }));
    return;
  }
  done(null, JSON.parse(body.toString("utf8")));
});
app.post("/webhooks/:service_name", async (request, reply) =>
  reply.code(202).send({ id: request.headers["webhook-id"], status: "accepted" }),
);

tellReady({ url: await app.listen({ host: "127.0.0.1", port: 0 }) });
