import type { App } from "@condo/http";
import type { Context } from "../context.ts";
import { getWebhooksHealth } from "./get-webhooks-health.ts";
import { answerChallenge, receiveWebhook } from "./receive-webhook.ts";

export async function routes(app: App, context: Context): Promise<void> {
  await app.register(
    async (scope) => {
      // Signatures cover the bytes as they came, so nothing may parse them first, whatever their type.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
      for (const route of [getWebhooksHealth, receiveWebhook, answerChallenge]) route(scope, context);
    },
    { prefix: "/api/v1" },
  );
}
