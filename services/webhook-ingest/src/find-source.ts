import { ownDomain, Problem, tenantsNamed } from "@condo/http";
import { platformTenant, type SourceName } from "@condo/schema";
import type { FastifyRequest } from "fastify";
import type { Context } from "./context.ts";
import { sourcesUnavailable, tenantRequired, tooManyUnknown, unknownSource } from "./errors.ts";
import type { Source } from "./source-record.ts";

const serviceNameShape = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** An id, a slug or a domain, in lower case. */
export const tenantShape = /^[a-z0-9][a-z0-9.-]{0,252}$/;
const sourceKeyShape = /^[0-9a-f]{64}$/;

/**
 * The source that a request names: by the key in its URL; else by tenant, that is by X-Tenant-ID, subdomain or a domain of
 * the tenant's own; and where it names none, a source of the whole platform. Names that disagree are refused.
 *
 * @throws Problem when there is none, or the address has asked for too many that do not exist
 */
export async function findSource(
  context: Context,
  request: FastifyRequest,
  serviceName: string,
  sourceKey: string | undefined,
): Promise<Source> {
  if (!serviceNameShape.test(serviceName)) throw unknownSource();
  if (sourceKey !== undefined && !sourceKeyShape.test(sourceKey)) throw unknownSource();
  const find = async (name: SourceName) => {
    if (!context.directory.knows(name) && !context.unknownLimit.allows(request.ip)) throw tooManyUnknown();
    return lookUp(context, name);
  };
  const byTenant = async (tenant: string) =>
    tenantShape.test(tenant) ? find({ tenant, serviceName }) : null;

  const domain = ownDomain(request.hostname, context.baseHost);
  // A host that is no tenant's is one that an operator gave this service.
  const ofDomain = domain === undefined ? null : await byTenant(domain);
  const lookUps = tenantsNamed(request, context.baseHost).map(byTenant);
  if (sourceKey !== undefined) lookUps.push(find({ sourceKey, serviceName }));
  // Most name one.
  const found = lookUps.length === 1 ? [await lookUps[0]] : await Promise.all(lookUps);
  if (ofDomain) found.push(ofDomain);
  if (found.length === 0) {
    const platform = await find({ tenant: platformTenant.id, serviceName });
    if (!platform?.tenantPointer) {
      if (domain === undefined) throw tenantRequired();
      return none(context, request);
    }
    return platform;
  }
  const [source] = found;
  if (found.some((other) => other?.tenantId !== source?.tenantId)) {
    if (found.some((other) => !other)) context.unknownLimit.foundNothing(request.ip);
    throw new Problem(403, "tenant_mismatch", "The header, the host and the URL name different tenants.");
  }
  return source ?? none(context, request);
}

/** @throws Problem 503 when nobody can tell */
export async function lookUp({ directory }: Context, name: SourceName): Promise<Source | null> {
  try {
    return await directory.find(name);
  } catch (cause) {
    throw sourcesUnavailable(cause);
  }
}

function none(context: Context, request: FastifyRequest): never {
  context.unknownLimit.foundNothing(request.ip);
  throw unknownSource();
}
