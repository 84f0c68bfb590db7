import { request as post } from "node:http";
import { request as postSecurely } from "node:https";
import { actorOf, identityOf, notFound, type App } from "@condo/http";
import { audit, newId, sourceSecretContext, withTenant } from "@condo/schema";
import { isProviderName, signSample, type SignedSample } from "@condo/webhooks";
import { z } from "zod";
import type { Context } from "../context.ts";
import { intakeAway, intakeUnreadable, unsignable } from "../errors.ts";
import { listSourceSecrets } from "../repositories/webhook-source-secrets.ts";
import { findSource } from "../repositories/webhook-sources.ts";
import { sourceParams } from "./path-parameters.ts";
import { sourceUrl } from "./source-schema.ts";

const timeoutMs = 10_000;
const answerLimitBytes = 64 * 1024;

const response = z.object({
  status_code: z.int().describe("What the intake answered"),
  event_id: z.uuid().nullable(),
  code: z.string().nullable().describe("Why it was rejected"),
});

export function testSource(app: App, { config, db, sealer }: Context): void {
  app.route({
    method: "POST",
    url: "/webhook-sources/:source_id/test",
    config: { access: "webhook_sources:write" },
    schema: {
      tags: ["webhook sources"],
      summary: "Send a sample through a source",
      description:
        "Signs an event of the type `condo.test` with the source's newest valid secret, as its sender would, and posts it to the intake. " +
        "It is stored and delivered like any other. A source with a public key can't be tested: only its sender can sign.",
      params: sourceParams,
      response: { 200: response },
    },
    handler: async (request) => {
      const { tenantId } = identityOf(request);
      const now = new Date();
      const { source, secret } = await withTenant(db, tenantId, async (trx) => {
        const source = await findSource(trx, request.params.source_id);
        if (!source) throw notFound("webhook source");
        const secrets = await listSourceSecrets(trx, source.id);
        await audit(trx, {
          tenantId,
          actor: actorOf(request),
          action: "webhook_source.tested",
          subjectType: "webhook_source",
          subjectId: source.id,
        });
        return { source, secret: secrets.find(({ valid_from }) => valid_from <= now) };
      });
      if (!secret || !isProviderName(source.provider)) throw unsignable();
      const url = sourceUrl(source, config.PUBLIC_URL);
      const sample = signSample(source.provider, {
        secret: sealer.open(secret.secret_sealed, sourceSecretContext(secret.id)),
        config: source.config,
        url,
        id: newId(),
        at: now,
      });
      if (!sample) throw unsignable();
      const answer = await send(new URL(url), config.INGEST_URL, sample, request.id).catch(
        (cause: unknown) => {
          throw intakeAway(cause);
        },
      );
      const { id = null, code = null } = read(answer);
      return { status_code: answer.status, event_id: id, code };
    },
  });
}

const answerSchema = z.object({ id: z.uuid().optional(), code: z.string().optional() });

interface Answer {
  status: number;
  text: string;
}

function read({ status, text }: Answer): z.output<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw intakeUnreadable(status, cause);
  }
}

/** Posts to the intake as if it came by the public URL, which some senders sign; a fetch can't set its Host. */
function send(
  publicUrl: URL,
  ingestUrl: string,
  { headers, body }: SignedSample,
  requestId: string,
): Promise<Answer> {
  const target = new URL(publicUrl.pathname, ingestUrl);
  const start = target.protocol === "https:" ? postSecurely : post;
  return new Promise((resolve, reject) => {
    const sent = start(
      target,
      {
        method: "POST",
        headers: {
          ...headers,
          host: publicUrl.host,
          "x-request-id": requestId,
          "content-length": Buffer.byteLength(body),
        },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > answerLimitBytes) response.destroy(new Error("The intake's answer is too long"));
        });
        response.on("error", reject);
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}
