import { Readable } from "node:stream";
import { emitAll } from "@condo/events";
import { actorOf, identityOf, Problem, type App, type Identity } from "@condo/http";
import { auditAll, newId, withTenant, type Role, type TenantTrx, type User } from "@condo/schema";
import { quotaReached, roomFor } from "@condo/tenancy";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { assertMayGive } from "../authority.ts";
import type { Context } from "../context.ts";
import { importRefused, noImportFormat, shutOutMeanwhile } from "../errors.ts";
import { usableHashes } from "../password-hasher.ts";
import {
  bytesOf,
  readImport,
  importLimits,
  type FailedLine,
  type Import,
  type ImportFormat,
} from "../read-import.ts";
import { insertNewUsers } from "../repositories/users.ts";
import { presentUser } from "./user-schema.ts";

const formats: Record<string, ImportFormat> = {
  "text/csv": "csv",
  "application/x-ndjson": "ndjson",
  "application/jsonl": "ndjson",
};

/** How many users one transaction creates, when each line stands for itself. */
const batchSize = 500;

const querystring = z.object({
  mode: z
    .enum(["some", "all"])
    .default("some")
    .describe("`some` creates the users of the good lines; `all` creates none when one line is bad"),
});

const result = z.object({
  line: z.int(),
  status: z.enum(["created", "failed"]),
  id: z.uuid().optional(),
  email: z.string().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
});

const response = z.object({ created: z.int(), failed: z.int(), results: z.array(result) });

type Result = z.output<typeof result>;

export function importUsers(app: App, { db }: Context): void {
  void app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(Object.keys(formats), async (request: FastifyRequest, body: Readable) =>
      // Whether it is the same request as before is to be told first.
      request.idempotencyKey === null ? body : bytesOf(body),
    );
    scope.addContentTypeParser("*", (_request, _body, done) => done(noImportFormat()));
    scope.route({
      method: "POST",
      url: "/users/import",
      bodyLimit: importLimits.bytes,
      config: { access: "users:write" },
      schema: {
        operationId: "importUsers",
        tags: ["users"],
        consumes: Object.keys(formats),
        summary: "Import users",
        description: `The body is CSV (\`text/csv\`, with a header) or JSON lines (\`application/x-ndjson\`), of 10,000 users at most, with \`email\`, \`first_name\`, \`last_name\`, and if you like \`role\`, \`is_active\` and \`password_hash\` (${usableHashes}). One without a hash sets a password by way of a reset.`,
        querystring,
        response: { 200: response },
      },
      handler: async (request) => {
        const format =
          formats[String(request.headers["content-type"]).split(";", 1)[0]?.trim().toLowerCase() ?? ""];
        if (!format || request.body === undefined) throw noImportFormat();
        const body = request.body instanceof Readable ? request.body : Readable.from(request.body as Buffer);
        const read = await readImport(body, format);
        // A file takes its time to come.
        if (!(await request.isStillAllowed())) throw shutOutMeanwhile();
        const actor = identityOf(request);
        const isAll = request.query.mode === "all";
        const results = await withTenant(db, actor.tenantId, (trx) => failBeyondAuthority(trx, actor, read));
        if (isAll && results.length > 0) throw importRefused(results);

        const size = isAll ? read.users.length : batchSize;
        for (let at = 0; at < read.users.length; at += size) {
          const batch = read.users.slice(at, at + size);
          const outcome = await withTenant(db, actor.tenantId, async (trx) => {
            const outcome = await createAll(trx, request, batch);
            const failed = outcome.filter(isFailed);
            if (isAll && failed.length > 0) throw importRefused(failed);
            return outcome;
          });
          results.push(...outcome);
        }
        const failed = results.filter(isFailed).length;
        return {
          created: results.length - failed,
          failed,
          results: results.toSorted((one, other) => one.line - other.line),
        };
      },
    });
  });
}

type FailedResult = FailedLine & { status: "failed" };

function isFailed(result: Result): result is FailedResult {
  return result.status === "failed";
}

/** Takes out the users with a role that the caller may not give; answers every failure so far. */
async function failBeyondAuthority(trx: TenantTrx, actor: Identity, read: Import): Promise<Result[]> {
  const refusals = new Map<Role, Problem>();
  for (const role of new Set(read.users.map((user) => user.role))) {
    try {
      await assertMayGive(trx, actor, { role, role_id: null });
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refusals.set(role, error);
    }
  }
  const failures = [...read.failures];
  read.users = read.users.filter(({ role, line }) => {
    const refusal = refusals.get(role);
    if (refusal) failures.push({ line, code: refusal.code, detail: refusal.message });
    return !refusal;
  });
  return failures.map(({ line, code, detail }) => ({ line, status: "failed", code, detail }));
}

async function createAll(trx: TenantTrx, request: FastifyRequest, users: Import["users"]): Promise<Result[]> {
  const { tenantId } = identityOf(request);
  const rows = users.map(({ line: _line, ...user }) => ({
    ...user,
    id: newId(),
    tenant_id: tenantId,
    password_hash: user.password_hash ?? null,
  }));
  const created = new Map<string, User>();
  const quota = await roomFor(trx, tenantId, "users");
  let at = 0;
  while (at < rows.length) {
    const room = quota ? quota.room - created.size : batchSize;
    if (room === 0) break;
    const batch = rows.slice(at, at + Math.min(batchSize, room));
    const inserted = await insertNewUsers(trx, batch);
    await tell(trx, request, tenantId, inserted);
    for (const user of inserted) created.set(user.email, user);
    at += batch.length;
  }
  return users.map(({ line, email }, index) => {
    const user = created.get(email);
    if (user) return { line, status: "created", id: user.id, email };
    if (index < at || !quota) {
      return { line, status: "failed", email, code: "email_taken", detail: "another user has this address" };
    }
    const { code, message } = quotaReached("users", quota.limit);
    return { line, status: "failed", email, code, detail: message };
  });
}

async function tell(trx: TenantTrx, request: FastifyRequest, tenantId: string, users: User[]): Promise<void> {
  await emitAll(
    trx,
    tenantId,
    "user.created",
    users.map(({ id, role }) => ({ user_id: id, role })),
  );
  await auditAll(
    trx,
    users.map((user) => ({
      tenantId,
      actor: actorOf(request),
      action: "user.imported",
      subjectType: "user",
      subjectId: user.id,
      after: presentUser(user),
    })),
  );
}
