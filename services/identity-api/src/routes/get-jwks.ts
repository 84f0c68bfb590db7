import { anyQuery, type App } from "@condo/http";
import { z } from "zod";
import type { Context } from "../context.ts";

const jwk = z.looseObject({ kid: z.string(), kty: z.string(), alg: z.string(), use: z.literal("sig") });

export function getJwks(app: App, { keys }: Context): void {
  app.route({
    method: "GET",
    url: "/.well-known/jwks.json",
    config: { access: "public" },
    schema: {
      tags: ["auth"],
      summary: "The public keys of access tokens (RFC 7517)",
      description:
        "Verifies access tokens anywhere: the key is the one whose `kid` stands in the token. Keys rotate; the next one is published before it signs.",
      querystring: anyQuery,
      response: { 200: z.object({ keys: z.array(jwk) }) },
    },
    handler: async (_request, reply) =>
      reply
        .header("cache-control", "public, max-age=60")
        .send({ keys: (await keys.published()).map((key) => jwk.parse(key)) }),
  });
}
