import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { before, suite, test } from "node:test";
import { createLogger, readConfig, type App } from "@condo/http";
import { claimMails, newId, pruneCredentials, withPlatform, withTenant } from "@condo/schema";
import { atEnd, createTestDatabase, eventually, startTestRedis, type TestDatabase } from "@condo/testing";
import { sql } from "kysely";
import { buildApp } from "../src/app.ts";
import { configSchema } from "@condo/settings/identity-api";
import { startMailServer } from "./mail-server.ts";
import { tokenIn } from "./mailbox.ts";

let db: TestDatabase;
let redisUrl: string;
const masterKey = randomBytes(32).toString("base64");
before(async () => {
  db = await createTestDatabase();
  redisUrl = (await startTestRedis()).url;
});

async function startApp(settings: Record<string, string>): Promise<App> {
  const config = readConfig(configSchema, {
    NODE_ENV: "test",
    DATABASE_URL: db.appUrl,
    REDIS_URL: redisUrl,
    CONDO_MASTER_KEY: masterKey,
    MAIL_FROM: "Condo <condo@example.com>",
    LOGIN_ATTEMPTS_PER_MINUTE: "100000",
    ...settings,
  });
  const app = await buildApp(config, createLogger("identity-api", "silent"));
  await app.ready();
  atEnd(() => app.close());
  return app;
}

async function register(
  app: App,
  localPart = "admin",
  name = "Acme Works",
): Promise<{ email: string; tenantId: string }> {
  const slug = `t-${newId().slice(-12)}`;
  const email = `${localPart}@${slug}.example`;
  const answer = await app.inject({
    method: "POST",
    url: "/api/v1/auth/register",
    payload: {
      name,
      slug,
      admin_email: email,
      admin_password: "a long enough password",
      admin_first_name: "Ada",
      admin_last_name: "Lovelace",
    },
  });
  assert.equal(answer.statusCode, 201, answer.body);
  return { email, tenantId: answer.json<{ tenant_id: string }>().tenant_id };
}

const waiting = (tenantId: string) =>
  withTenant(db.app, tenantId, (trx) => trx.selectFrom("mails").selectAll().execute());

const makeDue = (tenantId: string) =>
  withTenant(db.app, tenantId, (trx) =>
    trx
      .updateTable("mails")
      .set({ next_attempt_at: new Date(0) })
      .execute(),
  );

suite("mail", () => {
  test("goes out by SMTP, and leaves the queue", async () => {
    const server = await startMailServer();
    const app = await startApp({ SMTP_URL: server.url, APP_URL: "https://app.example.com/" });
    const { email, tenantId } = await register(app, "admin", "Acme\r\nBcc: someone@example.com");
    const mail = await eventually("the mail", async () => server.received.find(({ to }) => to[0] === email));
    assert.deepEqual(mail.to, [email]);
    const [head = ""] = mail.message.split("\r\n\r\n");
    assert.match(head, /^From: Condo <condo@example\.com>$/m);
    assert.match(head, /^Subject: Confirm your e-mail address at Acme Bcc: someone/m);
    assert.doesNotMatch(head, /^Bcc:/m);
    assert.match(head, /^Auto-Submitted: auto-generated$/m);
    assert.match(mail.message, /https:\/\/app\.example\.com\/verify-email#token=(3D)?evt_/);
    assert.ok(tokenIn(mail.message));
    await eventually("the queue is empty", async () => (await waiting(tenantId)).length === 0);
    await app.close();
  });

  test("outlives a crash between the commit and the sending", async () => {
    // Without a way to send, the mail stays where a crash right after the commit would leave it.
    const before = await startApp({});
    const { email, tenantId } = await register(before);
    await before.close();
    const [queued] = await waiting(tenantId);
    assert.equal(queued?.kind, "email_verification");
    assert.doesNotMatch(JSON.stringify(queued), /evt_/, "no token is stored");

    // One that was taken by a process which died is due again when its lease is over.
    await claimMails(db.app, { most: 100, leaseSeconds: 3600 });
    assert.deepEqual(await claimMails(db.app, { most: 100, leaseSeconds: 3600 }), []);
    await makeDue(tenantId);

    const server = await startMailServer();
    const after = await startApp({ SMTP_URL: server.url });
    await eventually("the mail", async () => server.received.find(({ to }) => to[0] === email));
    await after.close();
  });

  test("is sent once, though several processes look at the queue", async () => {
    const server = await startMailServer();
    const quiet = await startApp({});
    const people = await Promise.all(Array.from({ length: 30 }, () => register(quiet)));
    await quiet.close();
    const senders = await Promise.all([1, 2, 3].map(() => startApp({ SMTP_URL: server.url })));
    await eventually("all mails", async () =>
      people.every(({ email }) => server.received.some(({ to }) => to[0] === email)),
    );
    await Promise.all(senders.map((app) => app.close()));
    for (const { email, tenantId } of people) {
      assert.equal(server.received.filter(({ to }) => to[0] === email).length, 1);
      assert.deepEqual(await waiting(tenantId), []);
    }
  });

  test("of one tenant goes out though another has queued many before", async () => {
    const app = await startApp({});
    const [many, one] = [await register(app), await register(app)];
    await app.close();
    await withTenant(db.app, many.tenantId, (trx) =>
      sql`
        insert into mails (id, tenant_id, kind, recipient, next_attempt_at)
        select gen_random_uuid(), ${many.tenantId}, 'invitation', n || '@example.com', now() - interval '1 hour'
        from generate_series(1, 100) n
      `.execute(trx),
    );
    const claimed = await claimMails(db.app, { most: 10, leaseSeconds: 3600 });
    assert.equal(claimed.length, 10);
    assert.deepEqual(
      claimed.filter(({ tenant_id }) => tenant_id === one.tenantId).map(({ recipient }) => recipient),
      [one.email],
    );
    await withTenant(db.app, many.tenantId, (trx) => trx.deleteFrom("mails").execute());
  });

  test("is tried again after a failure, later each time, and dropped when there is no such mailbox", async () => {
    let failing = true;
    const server = await startMailServer(() =>
      failing ? Object.assign(new Error("try later"), { responseCode: 451 }) : undefined,
    );
    const app = await startApp({ SMTP_URL: server.url });
    const { email, tenantId } = await register(app);
    const lost = await register(app, "no-mailbox");
    const failed = async (attempts: number) =>
      eventually(`attempt ${attempts}`, async () => {
        const [mail] = await waiting(tenantId);
        return (
          mail?.attempts === attempts &&
          mail.last_error !== null &&
          mail.next_attempt_at < new Date(Date.now() + 60_000) &&
          mail
        );
      });
    const first = await failed(1);
    const firstDelay = first.next_attempt_at.getTime() - Date.now();
    assert.match(String(first.last_error), /try later/);
    assert.ok(firstDelay > 2_000 && firstDelay <= 5_000, String(firstDelay));
    await withTenant(db.app, tenantId, (trx) =>
      trx
        .updateTable("mails")
        .set({ next_attempt_at: new Date(0), last_error: null })
        .execute(),
    );
    const second = await failed(2);
    assert.ok(second.next_attempt_at.getTime() - Date.now() > 6_000);
    failing = false;
    await makeDue(tenantId);
    await eventually("the mail", async () => server.received.find(({ to }) => to[0] === email));
    await eventually("nothing waits", async () => (await waiting(lost.tenantId)).length === 0);
    assert.ok(!server.received.some(({ to }) => to[0] === lost.email));
    await app.close();
  });

  test("waits no longer than a week", async () => {
    const app = await startApp({});
    const { tenantId } = await register(app);
    await app.close();
    await withPlatform(db.platform, (trx) =>
      sql`update mails set created_at = now() - interval '8 days' where tenant_id = ${tenantId}`.execute(trx),
    );
    await pruneCredentials(db.app);
    assert.deepEqual(await waiting(tenantId), []);
  });
});
