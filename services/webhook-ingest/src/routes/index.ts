import { addRoutes, type App } from "@condo/http";
import type { Context } from "../context.ts";
import { answerChallenge } from "./answer-challenge.ts";
import { getWebhooksHealth } from "./get-webhooks-health.ts";
import { receiveBulk } from "./receive-bulk.ts";
import { receiveWebhook } from "./receive-webhook.ts";

declare module "fastify" {
  interface FastifyRequest {
    sentContentType: string | undefined;
  }
}

/** The groups of the reference. */
export const tags = { webhooks: "Where senders post their webhooks" };

export async function routes(app: App, context: Context): Promise<void> {
  app.decorateRequest("sentContentType", undefined);
  await app.register(
    async (scope) => {
      // Signatures cover the bytes as they came, so nothing may parse them first, whatever their type; and nothing reads
      // them before it is known whether there is room for them.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
      // Fastify answers 415 to a type that it can't read. Senders write what they like, and it is kept as they wrote it.
      scope.addHook("onRequest", (request, _reply, done) => {
        request.sentContentType = request.headers["content-type"];
        request.headers["content-type"] = "application/octet-stream";
        done();
      });
      scope.addHook("preValidation", (request, _reply, done) => {
        if (request.sentContentType === undefined) delete request.headers["content-type"];
        else request.headers["content-type"] = request.sentContentType;
        done();
      });
      addRoutes(scope, context, [getWebhooksHealth, receiveWebhook, receiveBulk, answerChallenge]);
    },
    { prefix: "/api/v1" },
  );
}
