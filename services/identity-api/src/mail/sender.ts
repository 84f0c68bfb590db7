import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { Metrics } from "@condo/http";
import { claimMails, pruneCredentials, type ClaimedMail, type Db } from "@condo/schema";
import type { FastifyBaseLogger } from "fastify";
import { deferMail, dropMail } from "../repositories/mails.ts";
import type { Pages } from "./letters.ts";
import type { MailTransport } from "./transport.ts";
import { writeMail } from "./write.ts";

const atOnce = 10;
/** Longer than a transport may take over one mail. */
const leaseSeconds = 120;
/** For what was queued by another process, or is tried again. */
const pollMs = 1_000;
const pruneMs = 3_600_000;
const firstRetryMs = 5_000;
const lastRetryMs = 3_600_000;

/** Sends what is in the queue. A mail leaves the queue when it is out, so a crash sends it again rather than never. */
export interface MailSender {
  start(): void;
  /** Tells that there is something new. */
  wake(): void;
  /** Resolves when what is under way is over. */
  stop(): Promise<void>;
}

/** @param transport undefined when mails can't be sent: they wait */
export function createMailSender(
  db: Db,
  transport: MailTransport | undefined,
  pages: Pages,
  { metrics, log }: { metrics: Metrics; log: FastifyBaseLogger },
): MailSender {
  const settled = metrics.counter(
    "condo_mails_total",
    "Mails that were dealt with: sent, unneeded by the time, deferred to a later try, or refused by the server",
    ["outcome"],
  );
  const stopping = new AbortController();
  const awake = new EventTarget();
  let isNew = false;
  let running: Promise<void> = Promise.resolve();
  let prunedAt = 0;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      isNew = false;
      const sent = await round().catch((err: unknown) => {
        log.warn({ err }, "the queue of mails can't be read");
        return 0;
      });
      if (sent < atOnce && !isNew) await pause();
    }
  }

  async function pause(): Promise<void> {
    const over = new AbortController();
    const signal = AbortSignal.any([stopping.signal, over.signal]);
    await Promise.race([delay(pollMs, undefined, { signal }), once(awake, "wake", { signal })]).catch(
      () => undefined,
    );
    over.abort();
  }

  async function round(): Promise<number> {
    if (Date.now() - prunedAt > pruneMs) {
      await pruneCredentials(db);
      prunedAt = Date.now();
    }
    if (!transport) return 0;
    const mails = await claimMails(db, { most: atOnce, leaseSeconds });
    await Promise.all(mails.map((mail) => send(transport, mail)));
    return mails.length;
  }

  async function send(transport: MailTransport, mail: ClaimedMail): Promise<void> {
    try {
      const letter = await writeMail(db, pages, mail);
      if (letter) await transport.send({ ...letter, id: mail.id, recipient: mail.recipient });
      await dropMail(db, mail);
      settled.inc({ outcome: letter ? "sent" : "unneeded" });
    } catch (err) {
      log.warn({ err, mail_id: mail.id, attempts: mail.attempts }, "a mail was not sent");
      const isFinal = isRefused(err);
      settled.inc({ outcome: isFinal ? "refused" : "deferred" });
      const done = isFinal ? dropMail(db, mail) : deferMail(db, mail, messageOf(err), retryAt(mail));
      // Unsettled, it is due again when its lease is over.
      await done.catch(() => undefined);
    }
  }

  return {
    start() {
      if (!transport) log.warn("no mail is sent: set SMTP_URL, or MAIL_DIR for files");
      running = run();
    },
    wake() {
      isNew = true;
      awake.dispatchEvent(new Event("wake"));
    },
    async stop() {
      stopping.abort();
      await running;
      transport?.close();
    },
  };
}

function retryAt({ attempts }: ClaimedMail): Date {
  return new Date(Date.now() + Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(attempts - 1, 20)));
}

/** Whether the server will not have this mail, now or ever: no such mailbox, or not such a message. */
function isRefused(error: unknown): boolean {
  const { code, responseCode = 0 } = error as { code?: string; responseCode?: number };
  return (code === "EENVELOPE" || code === "EMESSAGE") && responseCode >= 500;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}
