import { createHmac, timingSafeEqual } from "node:crypto";
import { fastify, type FastifyInstance } from "fastify";

/**
 * A bare Fastify that parses a webhook and verifies it as Standard Webhooks has it: what every intake has to do.
 *
 * @param keep has to be through with the bytes before they are acknowledged; by default they are forgotten
 */
export function verifyingApp(secret: string, keep?: (body: Buffer) => Promise<unknown>): FastifyInstance {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
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
    JSON.parse(body.toString("utf8"));
    done(null, body);
  });
  app.post("/webhooks/:service_name", async (request, reply) => {
    if (keep) await keep(request.body as Buffer);
    return reply.code(202).send({ id: request.headers["webhook-id"], status: "accepted" });
  });
  return app;
}
