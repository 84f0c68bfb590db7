import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import type { Book } from "./book.ts";
import type { Random } from "./random.ts";

/** What an endpoint does with a request. */
const moods = {
  well: { isWell: true, act: (_, response) => response.end("ok") },
  slow: {
    isWell: true,
    act: (random, response) => void setTimeout(() => response.end(), random.between(10, 400)),
  },
  // The status is what counts: the body never ends.
  trickling: {
    isWell: true,
    act(_, response) {
      response.writeHead(200);
      const timer = setInterval(() => response.write("."), 100);
      response.on("close", () => clearInterval(timer));
    },
  },
  hanging: { isWell: false, act: () => undefined },
  resetting: { isWell: false, act: (_, response) => response.socket?.resetAndDestroy() },
  garbage: { isWell: false, act: (random, response) => response.socket?.end(random.bytes(64)) },
  broken: { isWell: false, act: (_, response) => response.writeHead(500).end("no") },
  limited: { isWell: false, act: (_, response) => response.writeHead(429, { "retry-after": "1" }).end() },
  unavailable: {
    isWell: false,
    act: (_, response) => response.writeHead(503, { "retry-after": "1" }).end(),
  },
  redirecting: {
    isWell: false,
    act: (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
  },
  refusing: { isWell: false, act: (_, response) => response.writeHead(400).end() },
} satisfies Record<string, { isWell: boolean; act: (random: Random, response: ServerResponse) => unknown }>;

type Mood = keyof typeof moods;

/** How often an endpoint is in which mood, while there is trouble. */
const characters = {
  steady: { well: 20, slow: 5 },
  moody: {
    well: 20,
    slow: 4,
    trickling: 1,
    hanging: 1,
    resetting: 2,
    garbage: 1,
    broken: 2,
    limited: 1,
    unavailable: 1,
    redirecting: 1,
  },
  refusing: { refusing: 1 },
} satisfies Record<string, Partial<Record<Mood, number>>>;

export type Character = keyof typeof characters;

export interface Receivers {
  /** A new endpoint's URL. */
  add(character: Character): string;
  /** Says whose the endpoint is, once its destination has been made. */
  assign(url: string, destination: { id: string; secret: string; isOrdered: boolean }): void;
  /** From now on everyone is well who can be. */
  calm(): void;
  /** From now on everything is answered well, and nothing written down. */
  rest(): void;
  close(): Promise<void>;
}

interface Endpoint {
  character: Character;
  destinationId: string;
  webhook: Webhook | null;
  /** Where order counts: how far each chain has come. */
  chains: Map<string, { seen: number; done: number }> | null;
}

/** Endpoints of tenants, on one port: they write down what they get and how they answered. */
export async function startReceivers(book: Book, random: Random): Promise<Receivers> {
  const endpoints = new Map<string, Endpoint>();
  let isCalm = false;
  let isResting = false;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      if (isResting) {
        response.end();
        return;
      }
      const endpoint = endpoints.get(request.url ?? "");
      if (!endpoint) {
        book.wrong(`a redirect was followed, or a stranger called: ${request.url}`);
        response.writeHead(404).end();
        return;
      }
      take(endpoint, request, response, Buffer.concat(chunks));
    });
  });

  function take(endpoint: Endpoint, request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const weights = characters[endpoint.character];
    const mood: Mood = isCalm && endpoint.character !== "refusing" ? "well" : random.weighted<Mood>(weights);
    const { isWell } = moods[mood];
    const eventId = String(request.headers["webhook-id"]);
    try {
      endpoint.webhook?.verify(body.toString("utf8"), request.headers as Record<string, string>);
    } catch (error) {
      book.wrong(`event ${eventId} came with a signature that does not hold: ${(error as Error).message}`);
    }
    if (endpoint.chains) follow(endpoint.chains, eventId, body, isWell);
    book.arrived(endpoint.destinationId, eventId, body, isWell);
    moods[mood].act(random, response);
  }

  function follow(
    chains: NonNullable<Endpoint["chains"]>,
    eventId: string,
    body: Buffer,
    isWell: boolean,
  ): void {
    const { chain, seq } = JSON.parse(body.toString("utf8")) as { chain: string; seq: number };
    const state = chains.get(chain) ?? { seen: 0, done: 0 };
    chains.set(chain, state);
    if (seq < state.seen)
      book.wrong(`order: ${chain} ${seq} (event ${eventId}) came again after ${state.seen}`);
    if (seq > state.done + 1) {
      book.wrong(`order: ${chain} ${seq} (event ${eventId}) came while ${state.done + 1} was not done`);
    }
    state.seen = Math.max(state.seen, seq);
    if (isWell) state.done = Math.max(state.done, seq);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  return {
    add(character) {
      const path = `/${character}/${endpoints.size}`;
      endpoints.set(path, { character, destinationId: "", webhook: null, chains: null });
      return `http://127.0.0.1:${port}${path}`;
    },
    assign(url, { id, secret, isOrdered }) {
      const endpoint = endpoints.get(new URL(url).pathname);
      if (!endpoint) throw new Error(`no endpoint ${url}`);
      Object.assign(endpoint, {
        destinationId: id,
        webhook: new Webhook(secret),
        chains: isOrdered ? new Map() : null,
      });
    },
    calm() {
      isCalm = true;
    },
    rest() {
      isResting = true;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
