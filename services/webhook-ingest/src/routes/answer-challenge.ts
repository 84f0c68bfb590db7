import { anyQuery, type App } from "@condo/http";
import { challengeAnswer, type ChallengeAnswer } from "@condo/webhooks";
import type { FastifyReply } from "fastify";
import type { Context } from "../context.ts";
import { noChallenge } from "../errors.ts";
import { attempt, signedRequest, sourceParams } from "../incoming-request.ts";

/** Meta, Dropbox and their kin ask with a GET whether they found the right place. */
export function answerChallenge(app: App, context: Context): void {
  for (const url of ["/webhooks/:service_name", "/webhooks/:service_name/:source_key"]) {
    app.route({
      method: "GET",
      url,
      exposeHeadRoute: false,
      config: { access: "public" },
      schema: {
        tags: ["webhooks"],
        summary: "Answer a sender's challenge",
        description:
          "Meta, Dropbox and their kin ask with a GET whether they found the right place. Answered as the source's provider wants it; 404 where that provider asks nothing.",
        params: sourceParams,
        querystring: anyQuery,
      },
      handler: (request, reply) =>
        attempt(context, request, request.params, async (source) => {
          const signed = signedRequest(context, request, Buffer.alloc(0));
          const answer = challengeAnswer(source.provider, signed, source.secrets, source.config);
          if (!answer || answer.requiresSignature) throw noChallenge();
          return sendChallenge(reply, answer);
        }),
    });
  }
}

/** Answers what a sender asks, as it wants it. */
export function sendChallenge(reply: FastifyReply, answer: ChallengeAnswer): FastifyReply {
  // Of an answer with a body, if an empty one, Fastify takes the content type away where the status is 204. Discord wants it.
  const body = answer.body === "" ? undefined : answer.body;
  return reply.code(answer.status).headers(answer.headers).serializer(String).send(body);
}
