import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { before, suite, test } from "node:test";
import { freePort } from "@condo/engines";
import { registerTenant, standardHeaders, standardSecret, startReceiver, startTestFleet } from "@condo/e2e";
import type { Receiver, TenantApi, TestFleet } from "@condo/e2e";
import { atEnd, eventually } from "@condo/testing";
import { Webhook } from "standardwebhooks";

const condoMain = new URL("../../cli/src/main.ts", import.meta.url).pathname;

suite("following along", () => {
  let fleet: TestFleet;
  let origin: string;
  let tenant: TenantApi;
  let receiver: Receiver;
  const secret = standardSecret();

  before(async () => {
    fleet = await startTestFleet();
    origin = fleet.origin;
    tenant = await registerTenant(origin);
    receiver = await startReceiver();
    await tenant.createSource("orders", "standard-webhooks", secret);
  });

  async function post(body: string): Promise<string> {
    const answer = await tenant.post("orders", body, standardHeaders(secret, `msg_${randomUUID()}`, body));
    assert.equal(answer.status, 202, JSON.stringify(answer.body));
    return answer.body.id;
  }

  /** Runs `condo` as the tenant's admin. */
  function start(args: string[], env: Record<string, string> = {}) {
    const login = { CONDO_EMAIL: tenant.email, CONDO_PASSWORD: tenant.password, CONDO_TENANT: tenant.slug };
    const child = spawn(process.execPath, [condoMain, ...args], {
      env: { CONDO_URL: origin, ...login, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    atEnd(async () => void child.kill("SIGKILL"));
    return child;
  }

  /** What a command says first of how it goes. */
  async function firstLine(child: ReturnType<typeof start>): Promise<string> {
    let line = "";
    createInterface({ input: child.stderr }).once("line", (first) => (line = first));
    await eventually("it says something", async () => line !== "");
    return line;
  }

  async function condo(...args: string[]) {
    const child = start(args);
    const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
    return { stdout, stderr, code };
  }

  test("an event comes through the gateway as it is recorded; a logout ends the stream", async () => {
    const other = await registerTenant(origin);
    const response = await fetch(`${origin}/api/v1/webhook-events/stream`, {
      headers: { authorization: `Bearer ${tenant.accessToken}` },
    });
    const theirs = await fetch(`${origin}/api/v1/webhook-events/stream`, {
      headers: { authorization: `Bearer ${other.accessToken}` },
    });
    assert.equal(response.status, 200);
    let [seen, seenByOther, isOver] = ["", "", false];
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) seen += decoder.decode(chunk, { stream: true });
      isOver = true;
    })();
    const readingTheirs = (async () => {
      for await (const chunk of theirs.body ?? []) seenByOther += new TextDecoder().decode(chunk);
    })();
    const id = await post('{"type":"order.created"}');
    await eventually("the event comes", async () => seen.includes(id));
    assert.match(seen, /^id: \d+\.[0-9a-f-]{36}$/m);
    for (const [login, done] of [[tenant, () => isOver] as const, [other, () => true] as const]) {
      const out = await login.call("POST", "/auth/logout", { refresh_token: login.refreshToken });
      assert.ok(out.status < 300, JSON.stringify(out.body));
      await eventually("the stream ends", async () => done(), 5_000);
    }
    await Promise.all([reading, readingTheirs]);
    assert.ok(!seenByOther.includes(id), "another tenant sees nothing of it");
  });

  test("condo listen forwards events with their bytes and headers, freshly signed", async () => {
    const listenSecret = standardSecret();
    const child = start(["listen", "--forward-to", receiver.url, "--count", "2"], {
      CONDO_LISTEN_SECRET: listenSecret,
    });
    assert.match(await firstLine(child), /^Listening to/);
    const output = text(child.stdout);
    const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
    const body = '{ "type": "order.created",  "é": 1.0 }';
    const ids = [await post(body), await post(body)];
    for (const id of ids) {
      const request = await receiver.wait(({ headers }) => headers["webhook-id"] === id);
      assert.equal(request.body.toString(), body, "the very bytes");
      assert.equal(request.headers["content-type"], "application/json");
      new Webhook(listenSecret).verify(request.body, request.headers as Record<string, string>);
    }
    assert.equal(await exited, 0);
    const lines = (await output).trim().split("\n");
    assert.equal(lines.length, 2);
    for (const line of lines) assert.match(line, /orders {2}order\.created .*→ 200 \(\d+ ms\)$/);
  });

  test("condo listen tells the secret of its session to programs, too", async () => {
    const child = start(["--json", "listen", "--forward-to", receiver.url, "--count", "1"]);
    const told = await firstLine(child);
    const { forwarding } = JSON.parse(told) as { forwarding: { to: string; secret: string } };
    const output = text(child.stdout);
    const id = await post('{"type":"order.created"}');
    const request = await receiver.wait(({ headers }) => headers["webhook-id"] === id);
    new Webhook(forwarding.secret).verify(request.body, request.headers as Record<string, string>);
    assert.equal((JSON.parse(await output) as { forwarded: { status: number } }).forwarded.status, 200);
  });

  test("condo listen says who does not take an event, and why", async () => {
    const away = `http://127.0.0.1:${await freePort()}`;
    const child = start(["listen", "--forward-to", `${away}/hook`, "--count", "1"]);
    await firstLine(child);
    const output = text(child.stdout);
    await post('{"type":"order.created"}');
    assert.match(await output, new RegExp(`→ ${away} does not answer \\(connect ECONNREFUSED`));
  });

  test("condo listen goes on through the deaths of what it listens to, and misses nothing", async () => {
    const child = start(["listen", "--forward-to", receiver.url]);
    const told: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => told.push(line));
    const ids: string[] = [];

    /** Straight to webhook-ingest: what is posted while the gateway is away, too, has to come. */
    async function postThree(): Promise<void> {
      for (let count = 0; count < 3; count++) {
        const body = '{"type":"order.created"}';
        const answer = await fetch(`${fleet.services["webhook-ingest"].url}/api/v1/webhooks/orders`, {
          method: "POST",
          body,
          headers: { "x-tenant-id": tenant.slug, ...standardHeaders(secret, `msg_${randomUUID()}`, body) },
        });
        assert.equal(answer.status, 202);
        ids.push(((await answer.json()) as { id: string }).id);
      }
    }
    const cameFor = (id: string) =>
      receiver.received.filter(({ headers }) => headers["webhook-id"] === id).length;
    const allCame = () =>
      eventually("every event comes", async () => ids.every((id) => cameFor(id) > 0), 30_000);

    await eventually("it listens", async () => told.some((line) => line.startsWith("Listening")));
    // Before the first event, when there is none to go on behind; and in the midst of them.
    for (const service of ["gateway", "tenant-api", "gateway"] as const) {
      await fleet.services[service].kill("SIGKILL");
      await postThree();
      await allCame();
      await postThree();
      await allCame();
    }
    assert.equal(told.filter((line) => line === "Connected again.").length, 3);
    for (const id of ids) assert.equal(cameFor(id), 1, "it came once");
    child.kill("SIGINT");
  });

  test("condo events and dead-letters show, send again and discard", async () => {
    const failing = await startReceiver();
    failing.answer = () => 500;
    tenant = { ...tenant, ...(await loginAgain()) };
    const created = await tenant.call("POST", "/webhook-destinations", {
      name: "failing",
      url: failing.url,
      retry_delays_ms: [],
    });
    assert.equal(created.status, 201, JSON.stringify(created.body));
    const ids = [
      await post('{"type":"a.b"}'),
      await post('{"type":"a.b"}'),
      await post('{\r\n\t"type":"a.c","\u200b":1 }'),
    ];
    const letters = await eventually("three dead letters", async () => {
      const listed = await condo("--json", "dead-letters", "list", "--destination", created.body.id);
      const { items } = JSON.parse(listed.stdout) as { items: { id: string; event_id: string }[] };
      return items.length === 3 && items;
    });
    const table = await condo("dead-letters", "list");
    assert.match(table.stdout, /^ID .*LAST ERROR\n/);

    failing.answer = () => 200;
    const replayed = await condo("dead-letters", "replay", "--destination", created.body.id, "--type", "a.b");
    assert.deepEqual(
      [replayed.code, replayed.stdout],
      [0, "2 dead letters are sent again.\n"],
      replayed.stderr,
    );
    for (const id of ids.slice(0, 2)) {
      const again = await failing.wait(
        ({ headers }) => headers["webhook-id"] === id && headers["condo-delivery-attempt"] === "2",
      );
      assert.ok(again, "under the same webhook-id, as the next attempt");
    }
    const last = letters.find((letter) => letter.event_id === ids[2]);
    const gone = await condo("dead-letters", "discard", String(last?.id), "--reason", "Not wanted");
    assert.equal(gone.code, 0, gone.stderr);

    const shown = await condo("events", "show", String(ids[2]));
    assert.match(shown.stdout, /a\.c of orders/);
    assert.ok(shown.stdout.includes('\n\n{\n\t"type":"a.c","\uFFFD":1 }\n\n'), shown.stdout);
    assert.match(shown.stdout, /discarded/);
    const sent = await condo("events", "replay", String(ids[2]));
    assert.equal(sent.stdout, "Sent again to 1 of 1 destinations.\n");
    const missing = await condo("--json", "events", "show", randomUUID());
    assert.equal(missing.code, 1);
    assert.equal((JSON.parse(missing.stderr) as { error: { code: string } }).error.code, "not_found");
  });

  async function loginAgain(): Promise<Pick<TenantApi, "call">> {
    const login = await fetch(`${origin}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: tenant.email, password: tenant.password, tenant_slug: tenant.slug }),
    });
    const { access_token: token } = (await login.json()) as { access_token: string };
    return {
      call: (method, path, body) =>
        fetch(`${origin}/api/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }).then(async (answer) => ({
          status: answer.status,
          headers: answer.headers,
          body: await answer.json(),
        })),
    };
  }
});
