import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { newId } from "@condo/schema";
import { eventually } from "@condo/testing";
import { TOTP, URI } from "otpauth";
import { openMailbox, type Mailbox } from "./mailbox.ts";
import { startPeople, type Caller, type People } from "./people.ts";

let mailbox: Mailbox;
let people: People;
let admin: Caller;
before(async () => {
  mailbox = await openMailbox();
  people = await startPeople({ MAIL_DIR: mailbox.dir });
  admin = await people.registerTenant();
});

async function verified(): Promise<Caller> {
  const user = await people.addUser(admin);
  const token = await mailbox.token(user.email, /Confirm/);
  assert.equal((await people.send(null, "POST", "/auth/verify-email", { token })).statusCode, 204);
  return user;
}

async function enableTotp(user: Caller): Promise<void> {
  const begun = await people.send(user, "POST", "/auth/mfa/totp");
  const totp = URI.parse(begun.json<{ otpauth_url: string }>().otpauth_url);
  assert.ok(totp instanceof TOTP);
  const done = await people.send(user, "POST", "/auth/mfa/totp/confirm", { totp_code: totp.generate() });
  assert.equal(done.statusCode, 200, done.body);
}

const isTold = (address: string, subject: RegExp) =>
  eventually(`a mail ${String(subject)}`, async () => (await mailbox.to(address, subject)).length === 1);

suite("a user is told", () => {
  test("of a second factor that is added, and of one that is taken away", async () => {
    const user = await verified();
    await enableTotp(user);
    await isTold(user.email, /A second factor was added/);
    const reset = await people.send(admin, "DELETE", `/mfa/users/${user.id}`);
    assert.equal(reset.statusCode, 204, reset.body);
    await isTold(user.email, /A second factor was taken/);
  });

  test("at the former address that there is another", async () => {
    const user = await verified();
    const email = `${newId()}@example.com`;
    assert.equal((await people.send(admin, "PUT", `/users/${user.id}`, { email })).statusCode, 200);
    await isTold(user.email, /Your e-mail address .* was changed/);
    await mailbox.token(email, /Confirm/);
  });

  test("of nothing at an address that nobody has verified: it may be a stranger's", async () => {
    const stranger = await people.addUser(admin);
    await enableTotp(stranger);
    await verified();
    assert.deepEqual(await mailbox.to(stranger.email, /factor/), []);
    const email = `${newId()}@example.com`;
    assert.equal((await people.send(admin, "PUT", `/users/${stranger.id}`, { email })).statusCode, 200);
    await mailbox.token(email, /Confirm/);
    assert.deepEqual(await mailbox.to(stranger.email, /changed/), []);
  });
});
