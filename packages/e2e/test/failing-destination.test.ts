import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { before, suite, test } from "node:test";
import { registerTenant, standardHeaders, standardSecret, startReceiver, startTestFleet } from "@condo/e2e";
import type { Receiver, TenantApi } from "@condo/e2e";
import { eventually } from "@condo/testing";

const delaysMs = [200, 500, 1_200];

suite("a destination that fails", () => {
  let tenant: TenantApi;
  let receiver: Receiver;
  const secret = standardSecret();

  before(async () => {
    const fleet = await startTestFleet({
      DELIVERY_SCHEDULE_MS: delaysMs.join(","),
      BREAKER_FAILURES: "6",
      BREAKER_OPEN_MS: "1000",
    });
    tenant = await registerTenant(fleet.origin);
    receiver = await startReceiver();
    await tenant.createSource("orders", "standard-webhooks", secret);
    await tenant.createDestination(receiver.url);
  });

  async function post(): Promise<string> {
    const body = '{"type":"order.created"}';
    const answer = await tenant.post("orders", body, standardHeaders(secret, `msg_${randomUUID()}`, body));
    assert.equal(answer.status, 202);
    return answer.body.id;
  }

  test("is tried again after growing delays; then the delivery is a dead letter with every attempt", async () => {
    receiver.answer = () => 500;
    const id = await post();
    const letter = await eventually("a dead letter", async () => {
      const list = await tenant.call("GET", `/dead-letters?event_id=${id}`);
      return list.body.items[0];
    });
    assert.equal(letter.attempts, delaysMs.length + 1);
    assert.equal(letter.last_status_code, 500);
    const detail = await tenant.call("GET", `/dead-letters/${letter.id}`);
    const starts = detail.body.attempt_log.map((attempt: { started_at: string }) =>
      Date.parse(attempt.started_at),
    );
    assert.equal(starts.length, delaysMs.length + 1);
    for (const [index, delay] of delaysMs.entries()) {
      const waited = starts[index + 1] - starts[index];
      assert.ok(waited >= delay, `retry ${index + 1} came after ${waited} ms, not ${delay}`);
    }
    const attempts = receiver.received.filter((request) => request.headers["webhook-id"] === id);
    assert.equal(attempts.length, delaysMs.length + 1, "every attempt carries the same webhook-id");
  });

  test("opens its breaker, is left alone meanwhile, probed once, and served again when it is well", async () => {
    // Four failures in a row stand from before: two more open the breaker.
    receiver.answer = () => 500;
    const ids = await Promise.all([post(), post(), post()]);
    await eventually("the breaker opens", async () => {
      const quiet = Date.now() - (receiver.received.at(-1)?.at ?? 0);
      return quiet > 700;
    });
    const beforeProbe = receiver.received.length;
    // Parked deliveries have spent no attempts on the open breaker: far fewer than 3 × 4 were made.
    assert.ok(beforeProbe < 4 + ids.length * 4, `${beforeProbe} requests`);
    receiver.answer = () => 200;
    for (const id of ids) {
      await eventually(`${id} is delivered once the breaker lets it`, async () => {
        const list = await tenant.call("GET", `/webhook-deliveries?event_id=${id}&status=delivered`);
        return list.body.items[0];
      });
    }
  });
});
