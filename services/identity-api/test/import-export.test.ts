import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { before, suite, test } from "node:test";
import { newId, withTenant } from "@condo/schema";
import argon2 from "argon2";
import {
  assertProblem,
  password,
  startPeople,
  type Caller,
  type Page,
  type People,
  type UserAnswer,
} from "./people.ts";

interface ImportAnswer {
  created: number;
  failed: number;
  results: { line: number; status: string; id?: string; email?: string; code?: string; detail?: string }[];
}

let people: People;
let admin: Caller;
before(async () => {
  people = await startPeople();
});

const newTenant = async () => (admin = await people.registerTenant());

function importAs(type: string, body: string | Buffer | Readable, query = "") {
  return people.send(admin, "POST", `/users/import${query}`, body, { "content-type": type });
}

const importLines = (lines: unknown[], query = "") =>
  importAs("application/x-ndjson", lines.map((line) => JSON.stringify(line)).join("\n"), query);

const countUsers = () =>
  withTenant(people.db.app, admin.tenantId, (trx) => trx.selectFrom("users").select("id").execute()).then(
    (rows) => rows.length,
  );

const person = (fields: object = {}) => ({
  email: `${newId()}@example.com`,
  first_name: "Jean",
  last_name: "Bartik",
  ...fields,
});

/** More than an import may have. */
function endless(): Readable {
  const chunk = Buffer.from(`${" ".repeat(60_000)}\n`);
  return Readable.from(Array.from({ length: 400 }, () => chunk));
}

suite("an import", () => {
  before(newTenant);

  test("creates nobody when its sender is shut out before all of it has come", async () => {
    const elsewhere = await people.logIn(admin.email, admin.tenantId);
    const before = await countUsers();
    async function* file() {
      yield `${JSON.stringify(person())}\n`;
      assert.equal((await people.send(elsewhere, "DELETE", "/sessions")).statusCode, 200);
      yield JSON.stringify(person());
    }
    const answer = await importAs("application/x-ndjson", Readable.from(file(), { objectMode: false }));
    assertProblem(answer, 401, "shut_out_meanwhile");
    assert.equal(await countUsers(), before);
    admin = elsewhere;
  });

  test("of JSON lines tells of each line what became of it", async () => {
    const [good, twice] = [person({ email: "A@Example.com", role: "readonly" }), person()];
    const answer = await importAs(
      "application/x-ndjson; charset=utf-8",
      [
        JSON.stringify(good),
        "",
        "{nonsense",
        JSON.stringify(person({ email: "nobody" })),
        JSON.stringify(twice),
        JSON.stringify(twice),
        JSON.stringify(person({ email: admin.email })),
        JSON.stringify(person({ role: "super_admin" })),
        JSON.stringify(person({ tenant_id: newId() })),
        JSON.stringify(person({ password: "in the clear" })),
        "null",
        JSON.stringify(person({ first_name: "with\u2028separator" })),
        JSON.stringify(person({ last_name: "a\0b" })),
      ].join("\r\n"),
    );
    assert.equal(answer.statusCode, 200, answer.body);
    const body = answer.json<ImportAnswer>();
    assert.deepEqual(
      body.results.map(({ line, status, code }) => [line, code ?? status]),
      [
        [1, "created"],
        [3, "malformed_line"],
        [4, "validation_failed"],
        [5, "created"],
        [6, "email_taken"],
        [7, "email_taken"],
        [8, "beyond_authority"],
        [9, "validation_failed"],
        [10, "validation_failed"],
        [11, "validation_failed"],
        [12, "created"],
        [13, "validation_failed"],
      ],
    );
    assert.deepEqual([body.created, body.failed], [3, 9]);
    const user = await people.send(admin, "GET", `/users/${body.results[0]?.id}`);
    assert.equal(user.json<UserAnswer>().email, "a@example.com");
    assert.equal(user.json<UserAnswer>().role, "readonly");
    assert.equal((await people.audited(admin.tenantId, "user.imported")).length, 3);
    assert.doesNotMatch(answer.body, /in the clear/);
  });

  test("of CSV knows quotes, a byte order mark, and lines that do not fit", async () => {
    const csv = [
      "\ufeffEmail, first_name ,last_name,role,is_active",
      'one@csv.example,"Kay ""Mc"", A",Nulty,,',
      "two@csv.example,Only,two",
      "three@csv.example,Ruth,Teitelbaum,readonly,false",
      "four@csv.example,Bad,Flag,user,perhaps",
      "",
    ].join("\r\n");
    const answer = await importAs("text/csv", csv);
    assert.equal(answer.statusCode, 200, answer.body);
    assert.deepEqual(
      answer.json<ImportAnswer>().results.map(({ line, status, code }) => [line, code ?? status]),
      [
        [2, "created"],
        [3, "malformed_line"],
        [4, "created"],
        [5, "validation_failed"],
      ],
    );
    const found = await people.send(admin, "GET", "/users?q=three@csv");
    assert.equal(found.json<Page<UserAnswer>>().items[0]?.is_active, false);
    const quoted = await people.send(admin, "GET", "/users?q=one@csv");
    assert.equal(quoted.json<Page<UserAnswer>>().items[0]?.first_name, 'Kay "Mc", A');
  });

  test("takes the hash that another system made, bounded in cost", async () => {
    const argon2idHash = (cost: string) =>
      `$argon2id$v=19$${cost}$c29tZXNhbHRzb21lc2FsdA$RdescudvJCsgt3ub+b4dWRWJTmaaJObGRdescudvJCs`;
    const bcryptHash = (cost: number) => `$2b$${cost}$${"a".repeat(53)}`;
    const imported = person({ password_hash: await argon2.hash(password, { type: argon2.argon2id }) });
    const refused = [
      argon2idHash("m=4194304,t=3,p=4"),
      argon2idHash("m=65536,t=4000000,p=4"),
      argon2idHash("m=65536,t=5,p=1"),
      argon2idHash("m=262144,t=1,p=1"),
      argon2idHash("m=19456,t=2,p=16"),
      bcryptHash(13),
      bcryptHash(31),
      "5f4dcc3b5aa765d61d8327deb882cf99",
      password,
    ].map((hash) => person({ password_hash: hash }));
    // What Laravel and Rails, PHP and Django make.
    const taken = [bcryptHash(12), argon2idHash("m=65536,t=4,p=1"), argon2idHash("m=102400,t=2,p=8")].map(
      (hash) => person({ password_hash: hash }),
    );
    const none = person();
    const answer = await importLines([imported, ...refused, ...taken, none]);
    assert.deepEqual(
      answer.json<ImportAnswer>().results.map((result) => result.status),
      ["created", ...refused.map(() => "failed"), ...taken.map(() => "created"), "created"],
    );
    assert.doesNotMatch(answer.body, /\$argon2|\$2b/);
    await people.logIn(imported.email, admin.tenantId);
    const login = { email: none.email, password };
    const headers = { "x-tenant-id": admin.tenantId };
    assertProblem(await people.send(null, "POST", "/auth/login", login, headers), 401, "invalid_credentials");
  });

  test("of all or none creates none when one line is bad, and says which", async () => {
    const before = await countUsers();
    for (const bad of [
      person({ email: "nobody" }),
      person({ email: admin.email }),
      person({ role: "super_admin" }),
    ]) {
      const answer = await importLines([person(), bad], "?mode=all");
      assertProblem(answer, 422, "import_refused");
      assert.equal(answer.json<{ errors: { path: string }[] }>().errors[0]?.path, "line 2");
    }
    assert.equal(await countUsers(), before);
    const good = await importLines([person(), person()], "?mode=all");
    assert.equal(good.json<ImportAnswer>().created, 2);
  });

  test("is refused as a whole when it can't be read", async () => {
    const before = await countUsers();
    const row = JSON.stringify(person());
    const tries: [type: string, body: string | Buffer, status: number, code: string][] = [
      ["application/json", "[]", 415, "unsupported_media_type"],
      ["application/x-ndjson", Buffer.from([0x22, 0xff, 0xfe, 0x0a]), 422, "malformed_import"],
      ["application/x-ndjson", "x".repeat(100_000), 422, "malformed_import"],
      ["application/x-ndjson", `${row}\n`.repeat(10_001), 413, "import_too_long"],
      ["text/csv", "email,first_name,last_name,is_super\na@b.co,a,b,true", 422, "malformed_import"],
      ["text/csv", "email,first_name,__proto__\na@b.co,a,b", 422, "malformed_import"],
      ["text/csv", "email,email\na@b.co,a@b.co", 422, "malformed_import"],
    ];
    for (const [type, body, status, code] of tries) assertProblem(await importAs(type, body), status, code);
    assert.equal(await countUsers(), before);
  });

  test("under an Idempotency-Key is made once, and answered alike", async () => {
    const headers = { "content-type": "application/x-ndjson", "idempotency-key": newId() };
    const send = (body: string) => people.send(admin, "POST", "/users/import", Readable.from(body), headers);
    const body = `${JSON.stringify(person())}\n{nonsense`;
    const before = await countUsers();
    const [first, second] = [await send(body), await send(body)];
    assert.equal(first.statusCode, 200, first.body);
    assert.equal(first.json<ImportAnswer>().created, 1);
    assert.equal(second.headers["idempotency-replayed"], "true");
    assert.equal(second.body, first.body);
    assert.equal(await countUsers(), before + 1);
    assertProblem(await send(`${body}\n`), 422, "idempotency_key_reused");
    const large = await people.send(admin, "POST", "/users/import", endless(), {
      ...headers,
      "idempotency-key": newId(),
    });
    assertProblem(large, 413, "body_too_large");
  });

  test("counts bytes that come without a length", async () => {
    assertProblem(await importAs("application/x-ndjson", endless()), 413, "body_too_large");
  });

  test("is answered over a socket though it is refused before its end", async () => {
    const origin = await people.app.listen({ host: "127.0.0.1", port: 0 });
    const line = `${JSON.stringify(person())}\n`;
    const answer = await fetch(`${origin}/api/v1/users/import`, {
      method: "POST",
      headers: { authorization: `Bearer ${admin.token}`, "content-type": "application/x-ndjson" },
      body: line.repeat(40_000),
    });
    assert.equal(answer.status, 413);
    assert.equal(((await answer.json()) as { code: string }).code, "import_too_long");
  });

  test("of ten thousand takes seconds, and the export gives them back", async () => {
    await newTenant();
    const answer = await importLines(
      Array.from({ length: 10_000 }, (_, n) => person({ email: `u${n}@big.example` })),
    );
    assert.equal(answer.statusCode, 200, answer.body.slice(0, 500));
    assert.equal(answer.json<ImportAnswer>().created, 10_000);
    const file = await people.send(admin, "GET", "/users/export?format=ndjson");
    const lines = file.body.trimEnd().split("\n");
    assert.equal(lines.length, 10_001);
    assert.equal(new Set(lines.map((line) => (JSON.parse(line) as UserAnswer).email)).size, 10_001);
  });
});

suite("an export", () => {
  before(newTenant);

  test("in CSV disarms formulas, and has no hash in it", async () => {
    const gone = await people.addUser(admin);
    await people.send(admin, "DELETE", `/users/${gone.id}`);
    for (const first_name of ["=1+1", "@SUM(A1)", "-2", '"quoted", comma'])
      await people.addUser(admin, { first_name });
    const file = await people.send(admin, "GET", "/users/export");
    assert.equal(file.statusCode, 200, file.body);
    assert.match(String(file.headers["content-type"]), /^text\/csv/);
    assert.match(String(file.headers["content-disposition"]), /attachment/);
    assert.equal(file.headers["cache-control"], "no-store");
    const [head, ...rows] = file.body.trimEnd().split("\n");
    assert.equal(head, "id,email,first_name,last_name,role,role_id,is_active,created_at,updated_at");
    assert.equal(rows.length, 5);
    assert.ok(rows[0]?.includes('"""quoted"", comma"'));
    assert.ok(rows[1]?.includes(",'-2,"));
    assert.ok(rows[2]?.includes(",'@SUM(A1),"));
    assert.ok(rows[3]?.includes(",'=1+1,"));
    assert.ok(rows[4]?.includes(",tenant_admin,,true,"));
    assert.doesNotMatch(file.body, /argon2|hash/);
    const [entry] = await people.audited(admin.tenantId, "users.exported");
    assert.deepEqual(entry?.after, { format: "csv" });
  });

  test("is of the caller's tenant alone", async () => {
    const other = await people.registerTenant();
    const file = await people.send(other, "GET", "/users/export?format=ndjson");
    assert.deepEqual(
      file.body
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as UserAnswer).email),
      [other.email],
    );
    assertProblem(await people.send(other, "GET", "/users/export?format=xls"), 422, "validation_failed");
  });
});
