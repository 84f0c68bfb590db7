import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ApiProblem, createClient, Unreachable, type Tokens } from "@condo/client";
import { problem, startScriptedServer, type Asked, type Scripted } from "./scripted-server.ts";

const body = { name: "hook", url: "https://acme.example/hook" };
const as = { apiKey: "ck_test" };
const now = { "retry-after": "0" };

function keysOf(asked: readonly Asked[]): Set<unknown> {
  return new Set(asked.map(({ headers }) => headers["idempotency-key"]));
}

suite("trying again", () => {
  for (const [what, first] of [
    ["a lost connection", { status: "hang up" }],
    ["an answer that was cut off", { status: 201, body: { id: "d1" }, isCut: true }],
    ["a limit", problem(429, "rate_limited", now)],
    ["a part that is away", problem(503, "database_unavailable", now)],
    ["a gateway that gave up", { status: 502 }],
    ["its own first attempt, still at work", problem(409, "idempotency_key_in_flight", now)],
  ] satisfies [string, Scripted][]) {
    test(`after ${what}, a change is sent again under the same key`, async () => {
      const server = await startScriptedServer((_asked, count) =>
        count < 3 ? first : { status: 201, body: { id: "d1" } },
      );
      const made = await createClient({ url: server.url, as }).post("/api/v1/webhook-destinations", { body });
      assert.equal(made.id, "d1");
      assert.equal(server.asked.length, 3);
      assert.equal(keysOf(server.asked).size, 1, "one key");
      assert.match(String(server.asked[0]?.headers["idempotency-key"]), /^[0-9a-f-]{36}$/);
      assert.deepEqual(new Set(server.asked.map((one) => one.body)), new Set([JSON.stringify(body)]));
    });
  }

  test("two changes have two keys, and a caller's own key stays", async () => {
    const server = await startScriptedServer(() => ({ status: 201, body: { id: "d1" } }));
    const client = createClient({ url: server.url, as });
    await client.post("/api/v1/webhook-destinations", { body });
    await client.post("/api/v1/webhook-destinations", { body });
    const params = { header: { "idempotency-key": "mine" } };
    await client.post("/api/v1/webhook-destinations", { body, params });
    assert.equal(keysOf(server.asked).size, 3);
    assert.ok(keysOf(server.asked).has("mine"));
  });

  test("not what could be done twice: a public change whose connection was lost", async () => {
    const server = await startScriptedServer(() => ({ status: "hang up" }));
    const login = { email: "a@b.example", password: "p" };
    const client = createClient({ url: server.url });
    await assert.rejects(client.post("/api/v1/auth/login", { body: login }), Unreachable);
    assert.equal(server.asked.length, 1);
    assert.equal(server.asked[0]?.headers["idempotency-key"], undefined);
  });

  test("not what trying again can't mend, nor what asks for more patience than there is", async () => {
    const patience = problem(429, "account_locked", { "retry-after": "3600" });
    for (const said of [problem(422, "validation_failed"), problem(500, "internal_error"), patience]) {
      const server = await startScriptedServer(() => said);
      const client = createClient({ url: server.url, as });
      const error = await client.post("/api/v1/webhook-destinations", { body }).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert.ok(error instanceof ApiProblem);
      assert.equal(error.status, said.status);
      assert.equal(error.requestId, "r1");
      assert.equal(error.retryAfterMs, said === patience ? 3_600_000 : undefined);
      assert.equal(error.message, "For a reason");
      assert.equal(server.asked.length, 1);
    }
  });

  test("waits as long as Retry-After says", async () => {
    const server = await startScriptedServer((_asked, count) =>
      count === 1
        ? problem(503, "unavailable", { "retry-after": "1" })
        : { status: 200, body: { items: [] } },
    );
    const begun = performance.now();
    await createClient({ url: server.url, as, retries: 1 }).get("/api/v1/webhook-sources");
    assert.ok(performance.now() - begun >= 990, "a second has passed");
  });

  test("ends when the caller's signal does, in the middle of a wait", async () => {
    const stop = new AbortController();
    const server = await startScriptedServer(() => {
      setImmediate(() => stop.abort(new Error("enough")));
      return problem(503, "unavailable", { "retry-after": "20" });
    });
    const asking = createClient({ url: server.url, as }).get("/api/v1/webhook-sources", {
      signal: stop.signal,
    });
    await assert.rejects(asking, /enough/);
  });

  test("an answer that is cut off each time is no answer", async () => {
    const server = await startScriptedServer(() => ({ status: 200, body: { items: [] }, isCut: true }));
    const client = createClient({ url: server.url, as, retries: 1 });
    await assert.rejects(client.get("/api/v1/webhook-sources"), Unreachable);
    assert.equal(server.asked.length, 2);
  });

  test("what answers something else than the API is told of, also where it is asked for a token", async () => {
    const server = await startScriptedServer(() => ({ status: 200, body: Buffer.from("<!doctype html>") }));
    for (const who of [as, { email: "a@b.example", password: "p" }]) {
      const client = createClient({ url: server.url, as: who });
      await assert.rejects(client.get("/api/v1/webhook-sources"), {
        code: "unexpected_answer",
        message: `${server.url} does not answer as the API does`,
      });
    }
  });

  test("who does not answer is named, and why", async () => {
    const server = await startScriptedServer(() => ({ status: "hang up" }));
    await server.close();
    const asking = createClient({ url: server.url, retries: 0 }).get("/health");
    await assert.rejects(
      asking,
      new RegExp(`${server.url} does not answer \\(connect ECONNREFUSED 127.0.0.1:`),
    );
    // As Node has it of a name with several addresses, of which `localhost` is one.
    const both = Object.assign(new AggregateError([]), { code: "ECONNREFUSED" });
    const { message } = new Unreachable(server.url, new TypeError("fetch failed", { cause: both }));
    assert.equal(message, `${server.url} does not answer (ECONNREFUSED)`);
  });

  test("an answer that is no problem+json is an error too, and a redirect is not followed", async () => {
    for (const status of [302, 418]) {
      const server = await startScriptedServer(() => ({
        status,
        headers: { location: "http://127.0.0.1:9/" },
      }));
      const client = createClient({ url: server.url, as });
      await assert.rejects(client.get("/api/v1/webhook-sources"), { code: "unexpected_answer", status });
    }
  });
});

suite("a session", () => {
  const tokens = (n: number): Tokens => ({
    access_token: `access-${n}`,
    token_type: "bearer",
    expires_in: 900,
    refresh_token: `refresh-${n}`,
  });
  const bearerOf = ({ headers }: Asked) => String(headers.authorization).replace("Bearer ", "");
  const credentials = { email: "ada@acme.example", password: "p", tenant: "acme" };

  /** Takes tokens of a generation from `valid` on; each login or refresh makes the next. */
  async function startIssuer(options: { valid: () => number; refuseRefresh?: boolean }) {
    let issued = 0;
    const server = await startScriptedServer(({ path, ...asked }) => {
      if (path === "/api/v1/auth/refresh" && options.refuseRefresh)
        return problem(401, "invalid_refresh_token");
      if (path.startsWith("/api/v1/auth/")) return { status: 200, body: tokens(++issued) };
      const generation = Number(bearerOf({ path, ...asked }).split("-")[1]);
      if (generation < options.valid()) return problem(401, "token_expired");
      return { status: 200, body: { items: [], next_cursor: null } };
    });
    const count = (path: string) => server.asked.filter((one) => one.path === path).length;
    return { ...server, count };
  }

  test("logs in once for many calls, and renews once for many refusals", async () => {
    let valid = 1;
    const issuer = await startIssuer({ valid: () => valid });
    const client = createClient({ url: issuer.url, as: credentials });
    const many = () => Promise.all(Array.from({ length: 20 }, () => client.get("/api/v1/webhook-sources")));
    await many();
    assert.equal(issuer.count("/api/v1/auth/login"), 1);
    valid = 2;
    await many();
    assert.equal(issuer.count("/api/v1/auth/refresh"), 1, "one exchange of one refresh token");
    assert.equal(issuer.count("/api/v1/auth/login"), 1);
  });

  test("a change whose token ends between two attempts keeps its key", async () => {
    let changes = 0;
    const server = await startScriptedServer(({ path }) => {
      if (path.startsWith("/api/v1/auth/")) return { status: 200, body: tokens(1) };
      const answers: Scripted[] = [{ status: "hang up" }, problem(401, "token_expired")];
      return answers[changes++] ?? { status: 201, body: { id: "d1" } };
    });
    const client = createClient({ url: server.url, as: credentials });
    const made = await client.post("/api/v1/webhook-destinations", { body });
    assert.equal(made.id, "d1");
    const sent = server.asked.filter(({ path }) => path === "/api/v1/webhook-destinations");
    assert.equal(sent.length, 3);
    assert.equal(keysOf(sent).size, 1, "what the first did is not done again");
    assert.deepEqual(new Set(sent.map((one) => one.body)), new Set([JSON.stringify(body)]));
  });

  test("logs in again when its refresh token is refused; without a password it says so", async () => {
    let valid = 1;
    const issuer = await startIssuer({ valid: () => valid, refuseRefresh: true });
    const client = createClient({ url: issuer.url, as: credentials });
    await client.get("/api/v1/webhook-sources");
    valid = 2;
    await client.get("/api/v1/webhook-sources");
    assert.equal(issuer.count("/api/v1/auth/login"), 2);

    const guest = createClient({ url: issuer.url, as: { refreshToken: "stale" } });
    await assert.rejects(guest.get("/api/v1/webhook-sources"), { code: "invalid_refresh_token" });
    await assert.rejects(guest.get("/api/v1/webhook-sources"), { code: "session_over" });
  });

  test("keeps what the next process needs, and gives up on a token that is refused when new", async () => {
    const issuer = await startIssuer({ valid: () => 99 });
    const kept: string[] = [];
    const onTokens = ({ refresh_token: token }: Tokens) => kept.push(token);
    const client = createClient({ url: issuer.url, as: { refreshToken: "refresh-0", onTokens } });
    await assert.rejects(client.get("/api/v1/webhook-sources"), { code: "token_expired" });
    assert.deepEqual(kept, ["refresh-1", "refresh-2"]);
    assert.equal(issuer.count("/api/v1/webhook-sources"), 2, "once more, and no more");
  });

  test("asks for new tokens again when the answer was lost, within the time that they are given again", async () => {
    const server = await startScriptedServer(({ path }, count) => {
      if (path !== "/api/v1/auth/refresh") return { status: 200, body: { items: [], next_cursor: null } };
      return count === 1 ? { status: "hang up" } : { status: 200, body: tokens(1) };
    });
    const client = createClient({ url: server.url, as: { refreshToken: "refresh-0" } });
    await client.get("/api/v1/webhook-sources");
    const [lost, again] = server.asked;
    assert.deepEqual([lost?.path, again?.path], ["/api/v1/auth/refresh", "/api/v1/auth/refresh"]);
    assert.equal(again?.body, lost?.body);
  });

  suite("of a service", () => {
    const service = { clientId: "billing", clientSecret: "cs_secret", tenantId: "t1" };
    const exchange = "/api/v1/auth/service-token";

    /** Issues tokens that live for so long, and takes those from the `valid`th on. */
    async function startServiceIssuer(lifeSeconds: number, valid = () => 1) {
      let issued = 0;
      const server = await startScriptedServer((asked) => {
        if (asked.path !== exchange) {
          const generation = Number(bearerOf(asked).split("-")[1]);
          if (!(generation >= valid())) return problem(401, "token_expired");
          return { status: 200, body: { items: [], next_cursor: null } };
        }
        const { client_secret } = JSON.parse(asked.body) as { client_secret: string };
        if (client_secret !== service.clientSecret) return problem(401, "invalid_client");
        const token = { access_token: `access-${++issued}`, token_type: "bearer", expires_in: lifeSeconds };
        return { status: 200, body: token };
      });
      return { ...server, exchanges: () => server.asked.filter(({ path }) => path === exchange) };
    }

    test("exchanges its secret once for many calls, and again for a token that was refused", async () => {
      let valid = 1;
      const issuer = await startServiceIssuer(300, () => valid);
      const client = createClient({ url: issuer.url, as: service });
      const many = () => Promise.all(Array.from({ length: 20 }, () => client.get("/api/v1/webhook-sources")));
      await many();
      const [first, ...more] = issuer.exchanges();
      assert.equal(more.length, 0);
      assert.deepEqual(JSON.parse(first?.body ?? ""), {
        client_id: "billing",
        client_secret: "cs_secret",
        tenant_id: "t1",
      });
      assert.equal(first?.headers.authorization, undefined);
      valid = 2;
      await many();
      assert.equal(issuer.exchanges().length, 2);
      for (const { path, body: sent } of issuer.asked) {
        assert.ok(path === exchange || !sent.includes(service.clientSecret));
      }
    });

    test("asks for another before a token ends", async () => {
      const issuer = await startServiceIssuer(5);
      const client = createClient({ url: issuer.url, as: service });
      await client.get("/api/v1/webhook-sources");
      await client.get("/api/v1/webhook-sources");
      const bearers = issuer.asked.filter(({ path }) => path !== exchange).map(bearerOf);
      assert.deepEqual(bearers, ["access-1", "access-2"], "five seconds are too few to set out with");
    });

    test("with a wrong secret says so at each call, and sends none without a token", async () => {
      const issuer = await startServiceIssuer(300);
      const client = createClient({ url: issuer.url, as: { ...service, clientSecret: "cs_wrong" } });
      for (const count of [1, 2]) {
        await assert.rejects(client.get("/api/v1/webhook-sources"), { code: "invalid_client", status: 401 });
        assert.equal(issuer.asked.length, count);
      }
    });
  });

  test("an API key that is refused is not tried again", async () => {
    const server = await startScriptedServer(() => problem(401, "invalid_api_key"));
    await assert.rejects(createClient({ url: server.url, as }).get("/api/v1/webhook-sources"), ApiProblem);
    assert.equal(server.asked.length, 1);
  });
});

test("a list is all its pages, asked for as they are needed", async () => {
  const server = await startScriptedServer(({ path }) => {
    const cursor = new URL(path, "http://x").searchParams.get("cursor");
    const next = { a: "b", b: null }[cursor ?? ""];
    return {
      status: 200,
      body: { items: [{ id: cursor ?? "first" }], next_cursor: cursor === null ? "a" : next },
    };
  });
  const list = createClient({ url: server.url, as }).list("/api/v1/webhook-events", {
    params: { query: { event_type: "invoice.paid" } },
  });
  const first = await list.next();
  assert.equal(first.value?.id, "first");
  assert.equal(server.asked.length, 1, "the second page is not asked for yet");
  const rest = await Array.fromAsync(list);
  assert.deepEqual(
    rest.map(({ id }) => id),
    ["a", "b"],
  );
  for (const { path } of server.asked) assert.match(path, /limit=100.*event_type=invoice\.paid/);
});
