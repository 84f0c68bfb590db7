import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { atEnd } from "@condo/testing";
import { buildService, type App } from "../src/index.ts";
import { securityHeaders } from "../src/security-headers.ts";
import { captureLog } from "./app.ts";

const ownPolicy = "default-src 'self'";

async function build(): Promise<App> {
  const app = await buildService({
    name: "test",
    logger: captureLog().logger,
    trustProxy: [],
    checks: {},
  });
  const config = { access: "public" } as const;
  app.get("/thing", { config }, async () => ({}));
  app.get("/stream", { config }, async (_request, reply) => reply.send(Readable.from(["stream"])));
  app.get("/page", { config }, async (_request, reply) =>
    reply.header("content-security-policy", ownPolicy).send("page"),
  );
  atEnd(() => app.close());
  return app;
}

const paths = ["/thing", "/stream", "/page", "/nowhere", "/thing/%zz"];

test("every answer has them once on the wire, and what it sets itself in their place", async () => {
  const app = await build();
  const origin = await app.listen({ host: "127.0.0.1", port: 0 });
  const expected = Object.entries(await securityHeaders());
  assert.ok(expected.length > 10);
  for (const path of paths) {
    const { headers } = await fetch(`${origin}${path}`, { signal: AbortSignal.timeout(10_000) });
    for (const [name, value] of expected) {
      const isOwn = path === "/page" && name === "content-security-policy";
      assert.equal(headers.get(name), isOwn ? ownPolicy : value, `${name} of ${path}`);
    }
  }
});
