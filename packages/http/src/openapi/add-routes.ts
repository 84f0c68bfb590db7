import type { RouteOptions } from "fastify";
import type { App } from "../service.ts";

/**
 * Adds an API's routes, each by the function that declares it. An operation is called as its function is: verb-noun, and
 * the same for as long as the function keeps its name. Where a function declares several routes, those after the first
 * say `operationId` themselves, or are called after the last parameter of their path besides.
 */
export function addRoutes<Context>(
  app: App,
  context: Context,
  routes: readonly ((app: App, context: Context) => void)[],
): void {
  let declared: { name: string; count: number } | undefined;
  app.addHook("onRoute", (route) => {
    if (!declared || route.method === "HEAD") return;
    const operationId = declared.count++ === 0 ? declared.name : `${declared.name}${suffixOf(route)}`;
    route.schema = { operationId, ...route.schema };
  });
  for (const route of routes) {
    declared = { name: route.name, count: 0 };
    route(app, context);
  }
  declared = undefined;
}

function suffixOf({ url }: RouteOptions): string {
  const parameter = [...url.matchAll(/:(\w+)/g)].at(-1)?.[1] ?? "again";
  return `By${parameter.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}
