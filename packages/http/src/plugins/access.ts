import type { FastifyInstance, RouteOptions } from "fastify";
import fp from "fastify-plugin";

/** Refuses to start with a route that does not say who may call it, or says what nobody checks. */
export const access = fp(async (app: FastifyInstance, options: { isAuthenticating: boolean }) => {
  const routes: RouteOptions[] = [];
  // Looked at when all is registered: a scope may declare the routes of a plugin in an onRoute hook of its own.
  app.addHook("onRoute", (route) => {
    routes.push(route);
  });
  app.addHook("onReady", async () => {
    refuse(
      "These routes do not say who may call them",
      routes.filter((route) => !route.config?.access),
    );
    if (!options.isAuthenticating) {
      refuse(
        "These routes are not public, but this service authenticates nobody",
        routes.filter((route) => route.config?.access !== "public"),
      );
    }
  });
});

function refuse(why: string, routes: readonly RouteOptions[]): void {
  const names = routes.map((route) => `${String(route.method)} ${route.url}`);
  if (names.length > 0) throw new Error(`${why}: ${names.join(", ")}`);
}
