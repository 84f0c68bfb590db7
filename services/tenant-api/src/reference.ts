import swaggerUi from "@fastify/swagger-ui";
import type { App } from "@condo/http";

/** `/docs`: a page to read and try the whole API. */
export async function reference(app: App): Promise<void> {
  await app.register(async (scope) => {
    // The page's own routes are for everybody; they are not ours to declare one by one.
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, access: "public" };
    });
    await scope.register(swaggerUi, {
      routePrefix: "/docs",
      uiConfig: { url: "/openapi.json", persistAuthorization: true },
      staticCSP: true,
      transformStaticCSP: (policy) => policy.replace("upgrade-insecure-requests;", ""),
    });
  });
}
