import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import { hash as bcrypt } from "@node-rs/bcrypt";
import { newId, withTenant } from "@condo/schema";
import { eventually } from "@condo/testing";
import argon2 from "argon2";
import { createPasswordHasher, hashingQueueLimit, isUsableHash } from "../src/password-hasher.ts";
import { assertProblem, password, startPeople, type Caller, type People } from "./people.ts";

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople({ LOCKOUT_FAILURES: "40", ADDRESS_FAILURES: "100000" });
  admin = await people.registerTenant();
});

const create = (fields: object) =>
  people.send(admin, "POST", "/users", {
    email: `${newId()}@example.com`,
    password,
    first_name: "Grace",
    last_name: "Hopper",
    ...fields,
  });

const attempt = (email: string, given: string, tenantId = admin.tenantId) =>
  people.send(null, "POST", "/auth/login", { email, password: given }, { "x-tenant-id": tenantId });

async function storedHash(id: string): Promise<string | null> {
  const user = await withTenant(people.db.app, admin.tenantId, (trx) =>
    trx.selectFrom("users").select("password_hash").where("id", "=", id).executeTakeFirstOrThrow(),
  );
  return user.password_hash;
}

async function storeHash(id: string, hash: string): Promise<void> {
  await withTenant(people.db.app, admin.tenantId, (trx) =>
    trx.updateTable("users").set({ password_hash: hash }).where("id", "=", id).execute(),
  );
}

suite("a new password", () => {
  const refusedFor = async (given: string, fields: object = {}): Promise<string> => {
    const answer = await create({ password: given, ...fields });
    assertProblem(answer, 422, "validation_failed");
    const [error] = answer.json<{ errors: { path: string; message: string }[] }>().errors;
    assert.equal(error?.path, "body.password");
    return error.message;
  };

  test("is refused under 8 and over 256 characters, however they are encoded", async () => {
    assert.match(await refusedFor("seven77"), /8 characters/);
    assert.match(await refusedFor("🙂🙂🙂🙂"), /8 characters/);
    assert.match(await refusedFor("é".repeat(257)), /256 characters/);
    assert.match(await refusedFor("xkvq\ud800plqj"), /Unicode/);
  });

  test("may be of any characters, and up to 256", async () => {
    const fine = [
      "xkvqplqj",
      "abcdefghijklmnop",
      "  leading spaces",
      "🙂🙂🙂🙂🙂🙂🙂🙂",
      "7".repeat(256),
      "🦆".repeat(256),
    ];
    for (const given of fine) {
      const email = `${newId()}@example.com`;
      assert.equal((await create({ email, password: given })).statusCode, 201, given);
      assert.equal((await attempt(email, given)).statusCode, 200, given);
    }
  });

  test("is refused when it is one of the most used, or that with a few signs behind it", async () => {
    for (const given of [
      "password123",
      "PASSWORD123",
      "qwertyuiop",
      "iloveyou1",
      "Password123!",
      "Dragon2024",
    ])
      assert.match(await refusedFor(given), /most used/, given);
  });

  test("is refused when it is little more than a name of something it has to do with", async () => {
    const tenant = await withTenant(people.db.app, admin.tenantId, (trx) =>
      trx.selectFrom("tenants").select("slug").executeTakeFirstOrThrow(),
    );
    assert.match(await refusedFor("Condo2024!"), /product's name/);
    assert.match(await refusedFor("condo-password"), /product's name/);
    assert.match(await refusedFor(`${tenant.slug.toUpperCase()}-1`), /tenant's name/);
    assert.match(await refusedFor("marigold99", { email: `marigold@${newId()}.example` }), /e-mail address/);
    assert.match(await refusedFor("hopperGrace"), /user's name/);
    assert.match(await refusedFor("gracecondo12"), /little more/);
    assert.equal((await create({ password: "grace waits for the ferry" })).statusCode, 201);
  });

  test("of a tenant's first admin is looked at alike", async () => {
    const answer = await people.send(null, "POST", "/auth/register", {
      name: "Umbrella Works",
      slug: `umbrella-${newId().slice(-6)}`,
      admin_email: "a@umbrella.example",
      admin_password: "umbrellaworks1",
      admin_first_name: "Ada",
      admin_last_name: "Lovelace",
    });
    assertProblem(answer, 422, "validation_failed");
    assert.match(answer.body, /body\.admin_password.*tenant's name/);
  });

  test("counts to its last character, in its case and with its spaces", async () => {
    const email = `${newId()}@example.com`;
    const head = "h".repeat(72);
    await create({ email, password: ` ${head} Tail` });
    assert.equal((await attempt(email, ` ${head} Tail`)).statusCode, 200);
    for (const other of [` ${head} Tale`, ` ${head} tail`, `${head} Tail`, ` ${head}`])
      assertProblem(await attempt(email, other), 401, "invalid_credentials");
  });
});

suite("a stored hash", () => {
  test("of the original (bcrypt) lets in, and is made anew at the first login", async () => {
    for (const version of ["2a", "2b", "2y"] as const) {
      const user = await people.addUser(admin);
      await storeHash(user.id, await bcrypt("brought along", { cost: 4, version }));
      assertProblem(await attempt(user.email, "not brought along"), 401, "invalid_credentials");
      assert.match(String(await storedHash(user.id)), /^\$2/);
      assert.equal((await attempt(user.email, "brought along")).statusCode, 200);
      assert.match(String(await storedHash(user.id)), /^\$argon2id\$v=19\$m=19456,/);
      assert.equal((await attempt(user.email, "brought along")).statusCode, 200);
    }
  });

  test("that is weaker or dearer than those made now is made anew at a login, though it would not be taken over any more", async () => {
    const user = await people.addUser(admin);
    await storeHash(user.id, await argon2.hash(password, { memoryCost: 8192, timeCost: 2, parallelism: 1 }));
    assert.equal((await attempt(user.email, password)).statusCode, 200);
    assert.match(String(await storedHash(user.id)), /m=19456,/);
    const dear = await argon2.hash(password, { memoryCost: 65_536, timeCost: 5, parallelism: 1 });
    assert.equal(isUsableHash(dear), false);
    await storeHash(user.id, dear);
    assert.equal((await attempt(user.email, password)).statusCode, 200);
    const made = await storedHash(user.id);
    assert.match(String(made), /m=19456,/);
    assert.equal((await attempt(user.email, password)).statusCode, 200);
    assert.equal(await storedHash(user.id), made, "and one as they are made now is left");
  });

  test("that is none, or dearer than a login can bear, lets nobody in", async () => {
    const user = await people.addUser(admin);
    const dear = (await bcrypt("x", { cost: 4 })).replace("$04$", "$31$");
    for (const stored of ["", "plain text", dear, "$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaA"]) {
      await storeHash(user.id, stored);
      assertProblem(await attempt(user.email, stored || password), 401, "invalid_credentials");
    }
  });
});

suite("the gate of hashing", () => {
  test("runs as many as it may, lets some wait, and tells the rest to come back", async () => {
    const hasher = await createPasswordHasher({ atOnce: 1, queueLimit: 2 });
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => hasher.hash("some password")));
    assert.deepEqual(
      results.map(({ status }) => status),
      ["fulfilled", "fulfilled", "fulfilled", "rejected", "rejected", "rejected"],
    );
    const refused = results[3];
    assert.ok(refused?.status === "rejected");
    const problem = refused.reason as { status: number; code: string; headers: Record<string, string> };
    assert.deepEqual([problem.status, problem.code, problem.headers["retry-after"]], [503, "busy", "1"]);
    assert.match(await hasher.hash("afterwards"), /^\$argon2id/);
  });

  test("answers 503 with Retry-After over HTTP, and recovers", async () => {
    const answers = await Promise.all(
      Array.from({ length: 400 }, (_, index) => attempt(`nobody-${index}@example.com`, password)),
    );
    const busy = answers.filter((answer) => answer.statusCode === 503);
    assert.ok(busy.length > 0);
    for (const answer of busy) {
      assertProblem(answer, 503, "busy");
      assert.equal(answer.headers["retry-after"], "1");
    }
    assert.equal((await attempt(admin.email, password)).statusCode, 200);
  });

  test("lets people in while another tenant creates more users than it can", async () => {
    const tenant = await people.registerTenant();
    const user = await people.addUser(admin);
    const isTurnedAway = Promise.withResolvers<void>();
    const end = new AbortController();
    const createOnAndOn = async () => {
      while (!end.signal.aborted) {
        const answer = await people.send(tenant, "POST", "/users", {
          email: `${newId()}@example.com`,
          password,
          first_name: "Grace",
          last_name: "Hopper",
        });
        if (answer.statusCode === 201) continue;
        assertProblem(answer, 503, "busy");
        isTurnedAway.resolve();
      }
    };
    const creating = Promise.all(Array.from({ length: hashingQueueLimit * 2 }, createOnAndOn));
    try {
      await Promise.race([isTurnedAway.promise, creating]);
      for (let turn = 0; turn < 5; turn++) {
        assert.equal((await attempt(user.email, password)).statusCode, 200);
      }
    } finally {
      end.abort();
      await creating;
    }
  });

  test("counts no attempt that it turned away", async () => {
    const user = await people.addUser(admin);
    const crowd = Array.from({ length: 400 }, (_, index) => attempt(`crowd-${index}@example.com`, password));
    const answers = await Promise.all([
      ...crowd,
      ...Array.from({ length: 200 }, () => attempt(user.email, password)),
    ]);
    assert.ok(answers.some((answer) => answer.statusCode === 503));
    assert.equal((await attempt(user.email, password)).statusCode, 200);
  });
});

suite("a refused login", () => {
  test("answers the same, and takes as long, whatever the reason", async () => {
    const other = await people.registerTenant();
    const [known, disabled] = [await people.addUser(admin), await people.addUser(admin)];
    await people.send(admin, "PUT", `/users/${disabled.id}`, { is_active: false });
    const locked = await people.addUser(admin);
    for (let index = 0; index < 40; index++) await attempt(locked.email, "wrong");
    await eventually(
      "the lock",
      async () => (await people.audited(admin.tenantId, "login.locked")).length === 1,
    );
    await withTenant(people.db.app, other.tenantId, (trx) =>
      trx.updateTable("tenants").set({ status: "suspended" }).execute(),
    );
    const ways: Record<string, () => ReturnType<typeof attempt>> = {
      "wrong password": () => attempt(known.email, "wrong"),
      "unknown user": () => attempt("nobody@example.com", "wrong"),
      "unknown tenant": () => attempt(known.email, "wrong", newId()),
      "no tenant named": () =>
        people.send(null, "POST", "/auth/login", { email: "nobody@x.example", password }),
      locked: () => attempt(locked.email, password),
      disabled: () => attempt(disabled.email, password),
      suspended: () => attempt(other.email, password, other.tenantId),
    };
    const hashesMade = async () => {
      const { body } = await people.app.inject("/metrics");
      return Number(/^condo_password_hash_duration_seconds_count\S* (\d+)/m.exec(body)?.[1]);
    };
    const times: Record<string, number[]> = {};
    const bodies = new Set<string>();
    // In turn, so that what else the machine does falls on all alike.
    for (let round = 0; round < 9; round++) {
      for (const [name, way] of Object.entries(ways)) {
        const before = await hashesMade();
        const from = performance.now();
        const answer = await way();
        (times[name] ??= []).push(performance.now() - from);
        assert.equal(await hashesMade(), before + 1, name);
        assertProblem(answer, 401, "invalid_credentials");
        const { instance: _instance, ...body } = answer.json<{ instance: string }>();
        bodies.add(JSON.stringify(body));
      }
    }
    assert.equal(bodies.size, 1);
    const medians = Object.fromEntries(
      Object.entries(times).map(([name, taken]) => [name, taken.toSorted((a, b) => a - b)[4] ?? 0]),
    );
    const [least, most] = [Math.min(...Object.values(medians)), Math.max(...Object.values(medians))];
    // Each makes one hash, beside which the rest is little: without it the time would be a tenth, or less.
    assert.ok(most < least * 3, JSON.stringify(medians));
  });
});
