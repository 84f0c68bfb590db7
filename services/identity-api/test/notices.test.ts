import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { emit, relayOutbox } from "@condo/events";
import { connectRedis } from "@condo/redis";
import { newId, withTenant } from "@condo/schema";
import { atEnd, eventually } from "@condo/testing";
import { openMailbox } from "./mailbox.ts";
import { startPeople } from "./people.ts";

const subject = /switched off/;

suite("notices", () => {
  test("those who may change destinations are told by mail, once, that one was switched off", async () => {
    const mailbox = await openMailbox();
    const people = await startPeople({ MAIL_DIR: mailbox.dir });
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
      const [mail] = await eventually(`a mail to ${email}`, async () => {
        const mails = await mailbox.to(email, subject);
        return mails.length > 0 && mails;
      });
      assert.match(String(mail), /Orders Bcc: everybody@example\.com/);
      assert.match(String(mail), /It has failed for 5 days\./);
      assert.ok(mail?.includes(destinationId));
    }

    // Redis was emptied: everything that is kept is published again.
    await redis.flushall();
    await tell("Invoices");
    await eventually(
      "the next mail",
      async () => (await mailbox.to(admin.email, /switched off/)).length >= 2,
    );
    const told = await mailbox.to(admin.email, subject);
    assert.equal(told.filter((mail) => mail.includes("Orders")).length, 1, "told twice of one event");
    assert.equal(told.filter((mail) => mail.includes("Invoices")).length, 1);
    for (const { email } of [reader, stranger]) assert.deepEqual(await mailbox.to(email, subject), []);
  });
});
