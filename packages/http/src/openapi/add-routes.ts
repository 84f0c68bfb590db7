import type { FastifySchema, RouteOptions } from "fastify";
import { z } from "zod";
import type { App } from "../service.ts";

/** The query of a route whose callers write it as they like: senders of webhooks, probes, caches. */
export const anyQuery = z.looseObject({});

/**
 * Adds an API's routes, each by the function that declares it. An operation is called as its function is: verb-noun, and
 * the same for as long as the function keeps its name. Where a function declares several routes, those after the first
 * say `operationId` themselves, or are called after the last parameter of their path besides.
 *
 * What a route's query does not know is refused: a filter that is misspelt would be passed over, and all be answered, or
 * changed. A route that takes whatever comes has {@link anyQuery}, or another loose object.
 */
export function addRoutes<Context>(
  app: App,
  context: Context,
  routes: readonly ((app: App, context: Context) => void)[],
): void {
  let declared: { name: string; count: number } | undefined;
  app.addHook("onRoute", (route) => {
    if (!route.schema?.hide)
      route.schema = { ...route.schema, querystring: closed(route.schema?.querystring) };
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

function closed(query: FastifySchema["querystring"] = z.object({})): z.ZodObject {
  if (!(query instanceof z.ZodObject)) throw new Error("A route's query is described by a z.object");
  return query.def.catchall === undefined ? query.strict() : query;
}

function suffixOf({ url }: RouteOptions): string {
  const parameter = [...url.matchAll(/:(\w+)/g)].at(-1)?.[1] ?? "again";
  return `By${parameter.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase())}`;
}
