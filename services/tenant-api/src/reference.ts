import swaggerUi from "@fastify/swagger-ui";
import type { App } from "@condo/http";

const logo = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40" viewBox="0 0 160 40">
  <g fill="#fff"><rect x="4" y="8" width="10" height="26"/><rect x="18" y="14" width="10" height="20"/></g>
  <text x="38" y="30" font-family="sans-serif" font-size="24" font-weight="600" fill="#fff">Condo</text>
</svg>`;

/** `/docs`: a page to read and try the whole API. */
export async function reference(app: App): Promise<void> {
  await app.register(async (scope) => {
    // The page's own routes are for everybody; they are not ours to declare one by one.
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, access: "public" };
    });
    // The page asks for this service's document alone; the whole API's stands elsewhere.
    scope.addHook("onRequest", (request, reply, done) => {
      if (request.routeOptions.url === "/docs/json") void reply.redirect("/openapi.json");
      else done();
    });
    await scope.register(swaggerUi, {
      routePrefix: "/docs",
      uiConfig: { persistAuthorization: true, docExpansion: "list" },
      logo: { type: "image/svg+xml", content: Buffer.from(logo) },
      theme: { title: "Condo API" },
      staticCSP: true,
      transformStaticCSP: (policy) => policy.replace("upgrade-insecure-requests;", ""),
    });
  });
}
