import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Book } from "./book.ts";
import { malformedRequest, type Malformed } from "./malformed.ts";
import type { Random } from "./random.ts";
import type { Stage } from "./stage.ts";

const atOnce = 48;
const answerLimitMs = 15_000;

/** How malformed requests were answered. */
export interface Pelted {
  statuses: Map<string, number>;
  /** Ids that were answered to those which are webhooks all the same. */
  acknowledged: Set<string>;
}

/** Sends malformed requests to every door: none may be answered with 5xx, left without an answer, or end a process. */
export async function pelt(stage: Stage, book: Book, random: Random, count: number): Promise<Pelted> {
  const statuses = new Map<string, number>();
  const acknowledged = new Set<string>();
  const pids = stage.fleet.processes.map(({ pid }) => pid);
  let left = count;

  async function worker(): Promise<void> {
    while (left-- > 0) {
      const request = malformedRequest(random, stage.tenants);
      const door = random.pick(stage.doors);
      const answer = await send(Number(new URL(door).port), request);
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer ?? "")?.[1];
      const outcome = answer === null ? "no answer" : (status ?? "closed");
      statuses.set(outcome, (statuses.get(outcome) ?? 0) + 1);
      if (outcome === "202" || outcome === "207") {
        for (const [, id = ""] of (answer ?? "").matchAll(/"id":"([^"]+)"/g)) acknowledged.add(id);
      }
      // Who refuses to read on, or is no ingest, may close first: its answer is lost where more was on its way.
      const isCut =
        outcome === "closed" &&
        request.ending === "wait" &&
        request.isReadable &&
        door !== stage.fleet.origin;
      const isUnanswered = outcome === "no answer" || isCut;
      if (isUnanswered || Number(status) >= 500) {
        const head = Buffer.concat(request.parts).subarray(0, 600).toString("latin1");
        book.wrong(`malformed: ${outcome} from ${door}\n${head}\n---\n${answer?.slice(0, 400)}`);
      }
    }
  }

  await Promise.all(Array.from({ length: atOnce }, worker));
  for (const [index, process] of stage.fleet.processes.entries()) {
    if (process.pid !== pids[index]) book.wrong(`malformed requests ended ${process.name}`);
  }
  return { statuses, acknowledged };
}

/** What came back first; "" when the connection was closed without a word, null when nothing came in time. */
async function send(port: number, { parts, pauseMs, ending }: Malformed): Promise<string | null> {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const isHead = parts[0]?.subarray(0, 5).toString("latin1") === "HEAD ";
  let answer = "";
  const timer = { id: undefined as NodeJS.Timeout | undefined };
  const answered = new Promise<string | null>((resolve) => {
    timer.id = setTimeout(() => resolve(null), answerLimitMs);
    socket.on("data", (chunk: Buffer) => {
      answer += chunk.toString("latin1");
      if (isWhole(answer, isHead)) resolve(answer);
    });
    socket.on("error", () => resolve(answer));
    socket.on("end", () => resolve(answer));
    socket.on("close", () => resolve(answer));
  });
  for (const part of parts) {
    if (!socket.writable) break;
    socket.write(part);
    if (pauseMs > 0) await delay(pauseMs);
  }
  if (ending === "close") socket.end();
  if (ending === "reset") {
    await new Promise((resolve) => socket.write("", resolve));
    socket.resetAndDestroy();
  }
  const result = await answered;
  clearTimeout(timer.id);
  socket.destroy();
  return result;
}

function isWhole(answer: string, isHead: boolean): boolean {
  const head = answer.indexOf("\r\n\r\n");
  if (head === -1 || answer.startsWith("HTTP/1.1 100")) return false;
  if (isHead) return true;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, head))?.[1];
  return length === undefined
    ? answer.endsWith("0\r\n\r\n") || /^HTTP\/1\.1 [13]/.test(answer)
    : answer.length >= head + 4 + Number(length);
}
