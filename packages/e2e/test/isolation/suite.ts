import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import type { TestFleet } from "@condo/e2e";
import { type Attack, attacksOf, undocumentedVerbs } from "./attacks.ts";
import { adminPermissions, callersOf, type Caller } from "./callers.ts";
import { readOperations, type Operation } from "./operations.ts";
import { difference, idsIn, openWitness, type Rows, type Witness } from "./rows.ts";
import { seedTenant, type SeededTenant } from "./seeds.ts";
import { openWire, type WireAnswer, type WireRequest } from "./wire.ts";

const attacksAtOnce = 16;
const mostTold = 50;
/** What an attempt to log in may write about itself in the tenant that it names. */
const ofLogins = [
  "audit_logs",
  "audit_unchained",
  "audit_chain",
  "audit_checkpoints",
  "login_attempts",
  "login_steps",
  "mails",
];

/** Holds every route of the served document against another tenant's ids, in every place that takes one. */
export function isolationSuite(name: string, start: () => Promise<TestFleet>): void {
  suite(name, () => {
    let operations: Operation[];
    let witness: Witness;
    let alpha: SeededTenant;
    let beta: SeededTenant;
    let callers: Caller[];
    let send: (request: WireRequest) => Promise<WireAnswer>;
    let rows: Rows;

    before(async () => {
      const fleet = await start();
      assert.ok(fleet.postgres);
      witness = await openWitness(fleet.postgres.superuserUrl);
      send = openWire(fleet.origin);
      [operations, alpha, beta] = await Promise.all([
        readOperations(fleet.origin),
        seedTenant(fleet.origin, "alphaword"),
        seedTenant(fleet.origin, "betaword"),
      ]);
      callers = await callersOf(fleet.origin, beta, witness);
      // As if DNS had proven it; the worker does not ask before tomorrow.
      await witness.query(
        `update tenant_domains set status = 'verified', verified_at = now(), next_check_at = now() + interval '1 day'
         where tenant_id = $1 and domain = $2`,
        [alpha.api.tenantId, alpha.ids["domain"]],
      );
      rows = await witness.restingRowsOf(alpha.api.tenantId);
    });

    test("every path parameter has a row of the tenant's to stand for it", () => {
      const names = new Set(operations.flatMap(({ pathParameters }) => pathParameters));
      const seedless = [...names].filter((each) => alpha.ids[each] === undefined);
      assert.deepEqual(seedless, [], "these need a row in seeds.ts");
      const stored = [...rows.values()].flat().join("\n");
      for (const each of names) {
        assert.ok(
          stored.includes(alpha.ids[each] ?? ""),
          `the ${each} of the tests stands in no row of the tenant's`,
        );
      }
    });

    test("without a tenant no table shows a row, and with one no row of another's", async () => {
      const filled = [...rows].filter(([, of]) => of.length > 0).map(([table]) => table);
      assert.ok(filled.length >= 20, `the tenant has rows in ${filled.join(", ")} alone`);
      assert.deepEqual(await witness.strangersSeen(undefined), []);
      assert.deepEqual(await witness.strangersSeen(beta.api.tenantId), []);
    });

    test("the tenant itself reads what it has", async () => {
      const own: Caller = {
        name: "owner",
        kind: "user",
        permissions: adminPermissions,
        headers: { authorization: `Bearer ${alpha.api.accessToken}` },
      };
      const reads = operations.filter(
        ({ method, permission, pathParameters }) =>
          method === "GET" && own.permissions.has(permission ?? "") && pathParameters.length > 0,
      );
      for (const operation of reads) {
        const [first] = attacksOf(operation, own, alpha, alpha);
        assert.ok(first);
        const { status, text } = await send(first.request);
        assert.equal(status, 200, `${operation.id}: ${text}`);
      }
    });

    test("no cursor of a tenant's opens another's list", async () => {
      const marks = [...idsIn(rows), ...alpha.secrets];
      const given: ReadonlySet<string> = adminPermissions;
      const lists = operations.filter(
        ({ method, queryParameters, pathParameters, permission }) =>
          method === "GET" &&
          queryParameters.includes("cursor") &&
          pathParameters.length === 0 &&
          (permission === undefined || given.has(permission)),
      );
      assert.ok(lists.length >= 10);
      const listAs = ({ api }: SeededTenant, path: string, query: string) =>
        send({
          method: "GET",
          path: `${path}?${query}`,
          headers: { authorization: `Bearer ${api.accessToken}` },
        });
      for (const { id, path } of lists) {
        const own = await listAs(alpha, path, "limit=1");
        assert.equal(own.status, 200, `${id}: ${own.text}`);
        const page = JSON.parse(own.text) as { items: { id?: string }[]; next_cursor: string | null };
        const first = Buffer.from(page.items[0]?.id ?? alpha.api.tenantId, "latin1").toString("base64url");
        for (const cursor of new Set([page.next_cursor ?? first, first])) {
          const { status, text } = await listAs(beta, path, `cursor=${cursor}`);
          assert.ok([200, 422].includes(status), `${id}: ${status} ${text}`);
          assert.deepEqual(
            marks.filter((mark) => text.includes(mark)),
            [],
            id,
          );
        }
      }
    });

    test("no route lets another tenant's callers at a row, or tells them that it is there", async () => {
      const guarded = operations.filter(({ access }) => access !== "public");
      const attacks = [
        ...callers.flatMap((caller) => guarded.flatMap((each) => attacksOf(each, caller, beta, alpha))),
        ...callers.flatMap((caller) => undocumentedVerbs(guarded, caller, alpha)),
      ];
      await assault(attacks);
      assert.deepEqual(difference(rows, await witness.restingRowsOf(alpha.api.tenantId)), []);
    });

    test("what anybody may call changes and tells nothing of a tenant, whoever is named", async () => {
      const open = operations.filter(({ access }) => access === "public");
      const attacks = callers.flatMap((caller) =>
        open.flatMap((each) => attacksOf(each, caller, beta, alpha)),
      );
      await assault(attacks);
      assert.deepEqual(difference(rows, await witness.restingRowsOf(alpha.api.tenantId), ofLogins), []);
    });

    /** Sends all, and collects every answer that should not have been. */
    async function assault(attacks: readonly Attack[]): Promise<void> {
      const marks = [...idsIn(rows), ...alpha.secrets];
      const faults: string[] = [];
      const queue = attacks.values();
      await Promise.all(
        Array.from({ length: attacksAtOnce }, async () => {
          for (const attack of queue) faults.push(...(await tryOne(attack, marks)));
        }),
      );
      if (faults.length > 0) {
        assert.fail(
          [`${faults.length} faults in ${attacks.length} attacks`, ...faults.slice(0, mostTold)].join("\n"),
        );
      }
    }

    async function tryOne(
      { name: attack, request, allowed, control }: Attack,
      marks: readonly string[],
    ): Promise<string[]> {
      const answer = await send(request);
      const faults: string[] = [];
      if (!allowed.includes(answer.status)) faults.push(`${attack}: ${answer.status} ${answer.text}`);
      const sent = JSON.stringify(request);
      const told = marks.filter((mark) => answer.text.includes(mark) && !sent.includes(mark));
      if (told.length > 0) faults.push(`${attack}: tells ${told.join(", ")}`);
      if (control) {
        const missing = await send(control);
        if (missing.status !== answer.status || bare(missing, control) !== bare(answer, request)) {
          faults.push(`${attack}: ${answer.text} differs from what is missing: ${missing.text}`);
        }
      }
      return faults;
    }
  });
}

/** An answer without what tells one request from another: its id, and what the caller itself put into the path. */
function bare({ text }: WireAnswer, { path }: WireRequest): string {
  const own = path.split(/[/?]/).filter((part) => /\d/.test(part));
  return own.reduce((rest, part) => rest.replaceAll(part, "·"), text.replace(/"instance":"[^"]*"/, ""));
}
