import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { audit, connect, newId, withTenant, type Db } from "@condo/schema";
import { atEnd } from "@condo/testing";
import { sql } from "kysely";
import { assertProblem, startPeople, type Caller, type People } from "./people.ts";

let people: People;
let admin: Caller;
let superuser: Db;
before(async () => {
  people = await startPeople();
  admin = await people.registerTenant();
  superuser = connect(people.db.superuserUrl, { poolSize: 1 });
  atEnd(() => superuser.destroy());
});

const address = () => `${newId()}@example.com`;
const invite = (email: string, by = admin) => people.send(by, "POST", "/invitations", { email });
const resend = (id: string) => people.send(admin, "POST", `/invitations/${id}/resend`);

async function invited(email = address()): Promise<string> {
  const answer = await invite(email);
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json<{ id: string }>().id;
}

type Answer = Awaited<ReturnType<typeof invite>>;

function assertRefused(answer: Answer, mostSeconds = 3_600): void {
  assertProblem(answer, 429, "too_many_invitations");
  const seconds = Number(answer.headers["retry-after"]);
  assert.ok(seconds > 0 && seconds <= mostSeconds, String(seconds));
}

const mailsTo = (email: string) =>
  withTenant(people.db.app, admin.tenantId, async (trx) => {
    const rows = await trx.selectFrom("mails").select("id").where("recipient", "=", email).execute();
    return rows.length;
  });

suite("invitations that are mailed", () => {
  test("are five to one address within the hour, however many are asked for at once", async () => {
    const email = address();
    const id = await invited(email);
    const answers = await Promise.all(Array.from({ length: 12 }, () => resend(id)));
    assert.equal(answers.filter(({ statusCode }) => statusCode === 202).length, 4);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 202)) assertRefused(answer);
    assert.equal(await mailsTo(email), 5);
    await invited();
  });

  test("are counted over those that were revoked", async () => {
    const email = address();
    for (let index = 0; index < 5; index++) {
      const id = await invited(email);
      assert.equal((await people.send(admin, "DELETE", `/invitations/${id}`)).statusCode, 204);
    }
    assertRefused(await invite(email));
    assert.equal(await mailsTo(email), 5);
  });

  test("leave room again when the first is an hour ago", async () => {
    const email = address();
    const id = await invited(email);
    await age(id, "59 minutes");
    for (let index = 0; index < 4; index++) assert.equal((await resend(id)).statusCode, 202);
    assertRefused(await resend(id), 60);
    await age(id, "1 minute");
    assert.equal((await resend(id)).statusCode, 202);
    assertRefused(await resend(id));
  });

  test("are two hundred of a tenant within the hour, at once or not, and no other's are counted", async () => {
    const { tenantId, id } = admin;
    const [{ count } = { count: 0 }] = await withTenant(people.db.app, tenantId, async (trx) => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::integer as count from audit_logs where subject_type = 'invitation'
          and action in ('invitation.created', 'invitation.resent') and created_at > now() - interval '1 hour'
      `.execute(trx);
      for (let index = rows[0]?.count ?? 0; index < 199; index++) {
        await audit(trx, {
          tenantId,
          actor: { type: "user", id, requestId: null, address: null },
          action: "invitation.created",
          subjectType: "invitation",
          subjectId: newId(),
          after: { email: address() },
        });
      }
      return rows;
    });
    assert.ok(count < 199);
    const answers = await Promise.all(Array.from({ length: 8 }, () => invite(address())));
    assert.equal(answers.filter(({ statusCode }) => statusCode === 201).length, 1);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 201)) assertRefused(answer);
    const other = await people.registerTenant();
    assert.equal((await invite(address(), other)).statusCode, 201);
  });
});

/** Makes the mails of an invitation older. */
async function age(id: string, by: string): Promise<void> {
  await sql`update audit_logs set created_at = created_at - ${by}::interval where subject_id = ${id}`.execute(
    superuser,
  );
}
