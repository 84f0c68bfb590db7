import { randomUUID } from "node:crypto";
import type { Caller } from "./callers.ts";
import type { Operation } from "./operations.ts";
import { fieldsOf, sampleBody } from "./sample.ts";
import type { SeededTenant } from "./seeds.ts";
import type { WireRequest } from "./wire.ts";

/** A request that names what is another tenant's, and what may be answered. */
export interface Attack {
  name: string;
  request: WireRequest;
  allowed: readonly number[];
  /** The same request with ids that nobody has: it must be answered alike. */
  control?: WireRequest | undefined;
}

const verbs = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const refused = [403, 404];
const invalid = [400, 404, 409, 415, 422];
const anything = Array.from({ length: 400 }, (_, index) => 100 + index);

/** Every way in which a caller of one tenant can name another's things at a route. */
export function attacksOf(
  operation: Operation,
  caller: Caller,
  own: SeededTenant,
  victim: SeededTenant,
): Attack[] {
  const base = requestOf(operation, own.ids, caller);
  const named = (
    name: string,
    request: WireRequest,
    allowed: readonly number[],
    control?: WireRequest,
  ): Attack => ({
    name: `${caller.name} · ${operation.id} · ${name}`,
    request,
    allowed: allowedFor(operation, caller, allowed),
    control,
  });
  return [
    ...byPath(operation, own, victim).map(({ names, ids, unknown }) =>
      // What is public may tell a name that exists from one that does not: a webhook's address is no secret.
      named(
        `path ${names.join(", ")}`,
        requestOf(operation, ids, caller),
        [404],
        operation.access === "public" ? undefined : requestOf(operation, unknown, caller),
      ),
    ),
    ...tenantNames(base, victim).map(([name, request]) => named(name, request, [403])),
    ...operation.queryParameters
      .filter((name) => victim.ids[name] !== undefined)
      .map((name) => {
        const query = new URLSearchParams({ [name]: victim.ids[name] ?? "" }).toString();
        return named(`query ${name}`, { ...base, path: `${base.path}?${query}` }, [200, ...invalid]);
      }),
    ...headersOf(operation, victim.ids).map(([name, value]) =>
      named(`header ${name}`, { ...base, headers: { ...base.headers, [name]: value } }, [200, ...invalid]),
    ),
    ...byBody(operation, victim).map(([name, body]) =>
      named(`body ${name}`, { ...base, body: JSON.stringify(body) }, invalid),
    ),
  ];
}

/** The verbs that the document does not have at a path, with the victim's ids. */
export function undocumentedVerbs(
  operations: readonly Operation[],
  caller: Caller,
  victim: SeededTenant,
): Attack[] {
  const verbsAt = new Map<string, Set<string>>();
  for (const { path, method } of operations) {
    verbsAt.set(path, (verbsAt.get(path) ?? new Set()).add(method));
  }
  return [...verbsAt].flatMap(([path, known]) =>
    verbs
      .filter((verb) => !known.has(verb))
      .map((verb) => ({
        name: `${caller.name} · ${verb} ${path} · not documented`,
        request: { method: verb, path: filled(path, victim.ids), headers: caller.headers },
        // A HEAD is its GET without a body. Where another route takes the last segment for an id, that is no id.
        allowed:
          verb === "HEAD" && known.has("GET") && !path.includes("{") ? anything : [401, 405, 422, ...refused],
      })),
  );
}

function allowedFor(operation: Operation, caller: Caller, allowed: readonly number[]): readonly number[] {
  if (operation.access === "public") return anything;
  if (operation.access === "optional") return caller.kind === "anonymous" ? anything : allowed;
  if (caller.kind === "anonymous") return [401];
  const mayCall =
    operation.permission === undefined
      ? operation.access === "people"
      : caller.permissions.has(operation.permission);
  // Who may call a route must get as far as the row: a refusal before would hide what lies behind. Some routes are for
  // people alone, though their permission does not say so.
  return mayCall && caller.kind === "user" ? allowed : [...allowed, ...refused];
}

/** With each of the path's parameters, and all of them, the victim's. */
function byPath(operation: Operation, own: SeededTenant, victim: SeededTenant) {
  const { pathParameters } = operation;
  const choices =
    pathParameters.length > 1 ? [...pathParameters.map((name) => [name]), pathParameters] : [pathParameters];
  return choices
    .filter((names) => names.length > 0)
    .map((names) => ({
      names,
      ids: { ...own.ids, ...Object.fromEntries(names.map((name) => [name, victim.ids[name] ?? ""])) },
      unknown: {
        ...own.ids,
        ...Object.fromEntries(names.map((name) => [name, unknownLike(victim.ids[name] ?? "")])),
      },
    }));
}

/** An id, or another name, that nobody has, of the same look. */
function unknownLike(value: string): string {
  const id = randomUUID();
  return value.length === id.length ? id : value.replace(/^[^.]+/, `none-1${id.slice(0, 8)}`);
}

/** The request in the victim's name: by header and by host. */
function tenantNames(base: WireRequest, { api, ids }: SeededTenant): [name: string, request: WireRequest][] {
  const withHeader = (name: string, value: string): WireRequest => ({
    ...base,
    headers: { ...base.headers, [name]: value },
  });
  return [
    ["X-Tenant-ID by id", withHeader("x-tenant-id", api.tenantId)],
    ["X-Tenant-ID by slug", withHeader("x-tenant-id", api.slug)],
    ["subdomain", withHeader("host", `${api.slug}.localhost`)],
    ["subdomain, from the root", withHeader("host", `${api.slug}.localhost.`)],
    ["own domain", withHeader("host", ids["domain"] ?? "")],
  ];
}

/** The body with the victim's id in each field that takes one, and in `tenant_id` though none takes that. */
function byBody(operation: Operation, victim: SeededTenant): [name: string, body: object][] {
  const body = sampleBody(operation);
  if (!body) return [];
  // Other names are nobody's alone: any tenant may have a service `orders`, or add a domain that it has yet to prove.
  const names = Object.keys(fieldsOf(operation.body)).filter(
    (name) => /_(id|slug)$/.test(name) && victim.ids[name] !== undefined,
  );
  return [...new Set([...names, "tenant_id"])].map((name) => [name, { ...body, [name]: victim.ids[name] }]);
}

function requestOf(operation: Operation, ids: Readonly<Record<string, string>>, caller: Caller): WireRequest {
  const body = sampleBody(operation);
  return {
    method: operation.method,
    path: filled(operation.path, ids),
    headers: { ...caller.headers, ...Object.fromEntries(headersOf(operation, ids)) },
    body: body && JSON.stringify(body),
  };
}

function headersOf(
  { headerParameters }: Operation,
  ids: Readonly<Record<string, string>>,
): [name: string, value: string][] {
  return headerParameters.flatMap((name) => {
    const value = ids[name];
    return value === undefined ? [] : [[name, value] as [string, string]];
  });
}

function filled(path: string, ids: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? "");
}
