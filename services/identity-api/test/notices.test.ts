import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { emit, relayOutbox } from "@condo/events";
import { connectRedis } from "@condo/redis";
import { newId, withPlatform, withTenant } from "@condo/schema";
import { atEnd, eventually } from "@condo/testing";
import { sql } from "kysely";
import { startMailServer } from "./mail-server.ts";
import { startPeople, type People } from "./people.ts";

async function dueMails({ db }: People): Promise<number> {
  const rows = await withPlatform(db.platform, (trx) =>
    trx
      .selectFrom("mails")
      .select("id")
      .where("next_attempt_at", "<", sql<Date>`'infinity'`)
      .execute(),
  );
  return rows.length;
}

suite("notices", () => {
  test("those who may change destinations are told by mail, once, that one was switched off", async () => {
    const server = await startMailServer();
    const mailsTo = (address: string) =>
      server.received
        .filter(({ to, message }) => to.includes(address) && /^Subject: .*switched off/m.test(message))
        .map(({ message }) => message);
    const people = await startPeople({ SMTP_URL: server.url });
    const admin = await people.registerTenant();
    const stranger = await people.registerTenant();
    const role = await people.send(admin, "POST", "/roles", {
      name: "Integrator",
      permissions: ["webhook_destinations:write"],
    });
    assert.equal(role.statusCode, 201, role.body);
    const integrator = await people.addUser(admin, { role_id: role.json<{ id: string }>().id });
    const reader = await people.addUser(admin, { role: "user" });
    const redis = connectRedis(people.redisUrl, { waits: true, onError: () => undefined });
    atEnd(async () => redis.disconnect());

    const destinationId = newId();
    const tell = async (name: string) => {
      await withTenant(people.db.app, admin.tenantId, (trx) =>
        emit(trx, admin.tenantId, "webhook_destination.disabled", {
          destination_id: destinationId,
          name,
          reason: "It has failed for 5 days",
        }),
      );
      await relayOutbox(people.db.platform, redis);
    };
    await tell("Orders\r\nBcc: everybody@example.com");
    for (const { email } of [admin, integrator]) {
      const mail = await eventually(`a mail to ${email}`, async () => mailsTo(email)[0]);
      assert.match(mail, /Orders Bcc: everybody@example\.com/);
      assert.match(mail, /It has failed for 5 days\./);
      assert.ok(mail.includes(destinationId));
    }

    // Redis was emptied: everything that is kept is published again.
    await redis.flushall();
    await tell("Invoices");
    const told = (of: string) => mailsTo(admin.email).filter((mail) => mail.includes(of)).length;
    await eventually("the next mail", async () => told("Invoices") === 1);
    await eventually("nothing is to be sent", async () => (await dueMails(people)) === 0);
    assert.deepEqual([told("Orders"), told("Invoices")], [1, 1]);
    for (const { email } of [reader, stranger]) assert.deepEqual(mailsTo(email), []);
  });
});
