import { createHash } from "node:crypto";

/** What a sender has to tell: one event, however often it is sent. */
export interface Message {
  tenantId: string;
  service: string;
  /** The sender's own id: within tenant and service it makes the event. */
  senderId: string;
  eventType: string;
  body: string;
}

/** What was promised: the id that an answer named for a message. */
interface Promised {
  id: string;
  status: "accepted" | "duplicate";
  message: Message;
}

/** What a destination got of one event. */
interface Arrival {
  destinationId: string;
  eventId: string;
  bodyHash: string;
  /** How often it came, and how often it was answered well. */
  times: number;
  wellTimes: number;
}

/** Everything that was sent, promised and received in a run. */
export interface Book {
  /** Requests by how they ended: a status, or what became of the connection. */
  readonly outcomes: Map<string, number>;
  /** What the run is to meet, and how often it did: without it, a run says nothing about it. */
  readonly met: Map<string, number>;
  readonly messages: Map<string, Message>;
  readonly promises: Promised[];
  readonly arrivals: Map<string, Arrival>;
  /** What must never be seen, in words. */
  readonly wrongs: string[];
  counted(outcome: string): void;
  meet(what: string): void;
  sent(message: Message): void;
  /** It was never sent to its end, and nobody sends it again: it may not be stored. */
  withdrawn(message: Message): void;
  arrived(destinationId: string, eventId: string, body: Buffer, isWell: boolean): Arrival;
  wrong(what: string): void;
}

export function createBook(): Book {
  const book: Book = {
    outcomes: new Map(),
    met: new Map(),
    messages: new Map(),
    promises: [],
    arrivals: new Map(),
    wrongs: [],
    counted: (outcome) => increment(book.outcomes, outcome),
    meet: (what) => increment(book.met, what),
    sent(message) {
      book.messages.set(messageKey(message), message);
    },
    withdrawn(message) {
      book.messages.delete(messageKey(message));
    },
    arrived(destinationId, eventId, body, isWell) {
      const key = arrivalKey(destinationId, eventId);
      const bodyHash = hashOf(body);
      const arrival = book.arrivals.get(key) ?? { destinationId, eventId, bodyHash, times: 0, wellTimes: 0 };
      book.arrivals.set(key, arrival);
      if (arrival.bodyHash !== bodyHash) book.wrong(`event ${eventId} came with two bodies`);
      arrival.times++;
      if (isWell) arrival.wellTimes++;
      return arrival;
    },
    wrong(what) {
      book.wrongs.push(what);
    },
  };
  return book;
}

function increment(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

export function messageKey({ tenantId, service, senderId }: Omit<Message, "eventType" | "body">): string {
  return `${tenantId} ${service} ${senderId}`;
}

export function arrivalKey(destinationId: string, eventId: string): string {
  return `${destinationId} ${eventId}`;
}

export function hashOf(body: Buffer | string): string {
  return createHash("sha256").update(body).digest("hex");
}
