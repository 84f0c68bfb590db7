import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { withPlatform, withTenant } from "@condo/schema";
import { takeStep } from "@condo/tenancy";
import {
  AuthenticatorEmulator,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from "nid-webauthn-emulator";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

let people: People;
before(async () => {
  people = await startPeople();
});

const origin = "http://localhost:8080";

const by = {
  actor: { type: "operator", id: "test", requestId: null, address: null },
  isOperator: false,
} as const;

/** An authenticator with a memory of its own. */
function newDevice(verifiesUser = true): WebAuthnEmulator {
  const interaction = () => ({ options: { uv: verifiesUser, up: true } });
  return new WebAuthnEmulator(
    new AuthenticatorEmulator({
      userMakeCredentialInteraction: interaction,
      userGetAssertionInteraction: interaction,
      credentialsRepository: new PasskeysCredentialsMemoryRepository(),
    }),
  );
}

interface Challenge<Options = { challenge: string }> {
  passkey_token: string;
  options: Options;
}

type CreateOptions = Parameters<WebAuthnEmulator["createJSON"]>[1];

async function begin(user: Caller): Promise<Challenge<CreateOptions>> {
  const answer = await people.send(user, "POST", "/auth/passkeys/registration-options");
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<Challenge<CreateOptions>>();
}

async function register(user: Caller, device = newDevice(), at = origin) {
  const { passkey_token, options } = await begin(user);
  const response = device.createJSON(at, options);
  const answer = await people.send(user, "POST", "/auth/passkeys", {
    passkey_token,
    name: "Key ring",
    response,
  });
  return { answer, device, response, passkeyToken: passkey_token };
}

async function beginLogin(user: Caller): Promise<Challenge> {
  const answer = await people.send(
    null,
    "POST",
    "/auth/passkeys/login-options",
    {},
    { "x-tenant-id": user.tenantId },
  );
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<Challenge>();
}

const finishLogin = (passkeyToken: string, response: object) =>
  people.send(null, "POST", "/auth/passkeys/login", { passkey_token: passkeyToken, response });

async function firstStep(user: Caller) {
  const answer = await people.send(
    null,
    "POST",
    "/auth/login",
    { email: user.email, password },
    { "x-tenant-id": user.tenantId },
  );
  return answer.json<{ mfa_required: true; mfa_token: string; methods: string[] }>();
}

const statusesOf = (answers: { statusCode: number }[]) =>
  answers.map((answer) => answer.statusCode).sort((one, other) => one - other);

suite("registering a passkey", () => {
  test("answers with recovery codes, once, and lists it", async () => {
    const user = await people.registerTenant();
    const { answer, device } = await register(user);
    assert.equal(answer.statusCode, 201, answer.body);
    assert.equal(answer.json<{ recovery_codes: string[] }>().recovery_codes.length, 10);
    const second = await register(user, newDevice());
    assert.ok(!("recovery_codes" in second.answer.json<object>()));
    const mfa = (await people.send(user, "GET", "/auth/mfa")).json<{ passkeys: { name: string }[] }>();
    assert.equal(mfa.passkeys.length, 2);
    const third = await begin(user);
    assert.throws(() => device.createJSON(origin, third.options), /EXCLUDED/);
  });

  test("refuses another site, another challenge, another user, and a second use", async () => {
    const user = await people.registerTenant();
    const other = await people.registerTenant();
    const device = newDevice();
    const asked = await begin(user);
    // The authenticator itself keeps to the RP ID, so the answer for another page is made from another port.
    const foreign = device.createJSON("http://localhost:9999", asked.options);
    const send = (caller: Caller, token: string, response: object) =>
      people.send(caller, "POST", "/auth/passkeys", { passkey_token: token, response });
    assertProblem(await send(user, asked.passkey_token, foreign), 401, "invalid_passkey");
    const good = device.createJSON(origin, asked.options);
    assertProblem(await send(user, asked.passkey_token, good), 401, "invalid_login_step");

    const [one, two] = [await begin(user), await begin(user)];
    const answerToOne = device.createJSON(origin, one.options);
    assertProblem(await send(user, two.passkey_token, answerToOne), 401, "invalid_passkey");
    assertProblem(await send(other, one.passkey_token, answerToOne), 401, "invalid_login_step");
    const login = await beginLogin(user);
    assertProblem(await send(user, login.passkey_token, answerToOne), 401, "invalid_login_step");
  });

  test("takes a credential once", async () => {
    const user = await people.registerTenant();
    const { passkey_token, options } = await begin(user);
    const second = await begin(user);
    const device = newDevice();
    const response = device.createJSON(origin, options);
    const answers = await Promise.all(
      [passkey_token, passkey_token].map((token) =>
        people.send(user, "POST", "/auth/passkeys", { passkey_token: token, response }),
      ),
    );
    assert.deepEqual(statusesOf(answers), [201, 401]);
    assert.ok(second.passkey_token);
  });
});

suite("logging in by passkey alone", () => {
  test("opens a session, once a challenge", async () => {
    const user = await people.registerTenant();
    const { device } = await register(user);
    const { passkey_token, options } = await beginLogin(user);
    const response = device.getJSON(origin, options);
    const answers = await Promise.all([1, 2, 3].map(() => finishLogin(passkey_token, response)));
    assert.deepEqual(statusesOf(answers), [200, 401, 401]);
    const good = answers.find((answer) => answer.statusCode === 200);
    assert.equal(good?.json<{ user_info: { id: string } }>().user_info.id, user.id);
    const [entry] = (await people.audited(user.tenantId, "login.succeeded")).slice(-1);
    assert.deepEqual(entry?.after, { methods: ["passkey"] });
  });

  test("works on the tenant's own subdomain, and on no other", async () => {
    const user = await people.registerTenant();
    const slug = (await people.send(user, "GET", "/auth/me")).json<{ tenant_slug: string }>().tenant_slug;
    const { device } = await register(user);
    for (const [page, status] of [
      [`http://${slug}.localhost:8080`, 200],
      ["http://other.localhost:8080", 401],
      ["http://localhost:9999", 401],
    ] as const) {
      const { passkey_token, options } = await beginLogin(user);
      const response = device.getJSON(page, options);
      assert.equal((await finishLogin(passkey_token, response)).statusCode, status, page);
    }
  });

  test("refuses a passkey that did not verify its user, or comes from another tenant", async () => {
    const user = await people.registerTenant();
    const careless = newDevice(false);
    await register(user, careless);
    const asked = await beginLogin(user);
    const lax = { ...asked.options, userVerification: "discouraged" };
    const response = careless.getJSON(origin, lax);
    assertProblem(await finishLogin(asked.passkey_token, response), 401, "invalid_passkey");

    const other = await people.registerTenant();
    const { device } = await register(other);
    const foreign = await beginLogin(user);
    const answer = device.getJSON(origin, foreign.options);
    assertProblem(await finishLogin(foreign.passkey_token, answer), 401, "invalid_passkey");
  });

  test("refuses a cloned authenticator, whose counter runs behind", async () => {
    const user = await people.registerTenant();
    const { device } = await register(user);
    const first = await beginLogin(user);
    await finishLogin(first.passkey_token, device.getJSON(origin, first.options));
    await withTenant(people.db.app, user.tenantId, (trx) =>
      trx.updateTable("passkeys").set({ counter: 1_000 }).execute(),
    );
    const second = await beginLogin(user);
    const behind = device.getJSON(origin, second.options);
    assertProblem(await finishLogin(second.passkey_token, behind), 401, "invalid_passkey");
  });

  test("has to name a tenant, and ends for a user who is disabled", async () => {
    assertProblem(
      await people.send(null, "POST", "/auth/passkeys/login-options", {}),
      422,
      "tenant_required",
    );
    const admin = await people.registerTenant();
    const user = await people.addUser(admin);
    const { device } = await register(user);
    await people.send(admin, "PUT", `/users/${user.id}`, { is_active: false });
    const { passkey_token, options } = await beginLogin(user);
    const response = device.getJSON(origin, options);
    assertProblem(await finishLogin(passkey_token, response), 401, "invalid_passkey");
  });

  test("ends where its tenant is suspended in the middle of it, and does not begin there", async () => {
    const user = await people.registerTenant();
    const { device } = await register(user);
    const { passkey_token, options } = await beginLogin(user);
    await withPlatform(people.db.platform, (trx) => takeStep(trx, user.tenantId, "suspend", by));
    const response = device.getJSON(origin, options);
    assertProblem(await finishLogin(passkey_token, response), 401, "invalid_passkey");
    const again = await people.send(
      null,
      "POST",
      "/auth/passkeys/login-options",
      {},
      { "x-tenant-id": user.tenantId },
    );
    assertProblem(again, 422, "tenant_required");
  });
});

suite("a passkey as the second factor", () => {
  async function secondStep(user: Caller) {
    const { mfa_token, methods } = await firstStep(user);
    const asked = await people.send(null, "POST", "/auth/mfa/passkey-options", { mfa_token });
    assert.equal(asked.statusCode, 200, asked.body);
    return { mfaToken: mfa_token, methods, ...asked.json<Challenge>() };
  }

  test("ends the login", async () => {
    const user = await people.registerTenant();
    const { device } = await register(user);
    const step = await secondStep(user);
    assert.deepEqual(step.methods, ["passkey", "recovery_code"]);
    const response = device.getJSON(origin, step.options);
    const passkey = { passkey_token: step.passkey_token, response };
    const verify = () => people.send(null, "POST", "/auth/mfa/verify", { mfa_token: step.mfaToken, passkey });
    const done = await verify();
    assert.equal(done.statusCode, 200, done.body);
    assertProblem(await verify(), 401, "invalid_login_step");
  });

  test("has to be the user's own, and its challenge is none for a whole login", async () => {
    const admin = await people.registerTenant();
    const user = await people.addUser(admin);
    const mine = await register(user);
    const theirs = await register(admin);
    const step = await secondStep(user);
    const response = mine.device.getJSON(origin, step.options);
    assertProblem(await finishLogin(step.passkey_token, response), 401, "invalid_login_step");

    const again = await secondStep(user);
    const anybody = { ...again.options, allowCredentials: [] };
    const foreign = theirs.device.getJSON(origin, anybody);
    const verify = await people.send(null, "POST", "/auth/mfa/verify", {
      mfa_token: again.mfaToken,
      passkey: { passkey_token: again.passkey_token, response: foreign },
    });
    assertProblem(verify, 401, "invalid_passkey");
  });

  test("is no longer asked for when it is removed, by its owner alone", async () => {
    const admin = await people.registerTenant();
    const user = await people.addUser(admin);
    const { answer } = await register(user);
    const { id } = answer.json<{ id: string }>();
    assertProblem(await people.send(admin, "DELETE", `/auth/passkeys/${id}`), 404, "not_found");
    assert.equal((await people.send(user, "DELETE", `/auth/passkeys/${id}`)).statusCode, 204);
    assert.ok(!("mfa_required" in (await firstStep(user))));
    const mfa = (await people.send(user, "GET", "/auth/mfa")).json<{ recovery_codes_left: number }>();
    assert.equal(mfa.recovery_codes_left, 0);
  });
});
