import { createSocket } from "node:dgram";
import { once } from "node:events";
import { atEnd } from "./cleanup.ts";

const responseCodes = { ok: 0, failing: 2, unknown: 3 } as const;
const types = { a: 1, txt: 16 } as const;

export interface TestDns {
  address: string;
  /** TXT records by name; a name without an entry here or among the hosts does not exist. */
  records: Map<string, string[]>;
  /** IPv4 addresses by name. */
  hosts: Map<string, string[]>;
  /** Whether it says that it can't tell (SERVFAIL). */
  isFailing: boolean;
  /** Whether it says nothing at all. */
  isSilent: boolean;
  /** The names that it was asked for, in order. */
  asked: string[];
}

/** A name server that knows TXT and A records alone (RFC 1035). */
export async function startTestDns(): Promise<TestDns> {
  const socket = createSocket("udp4");
  const server: TestDns = {
    address: "",
    records: new Map(),
    hosts: new Map(),
    isFailing: false,
    isSilent: false,
    asked: [],
  };
  socket.on("message", (query, from) => {
    const { name, end } = readName(query);
    server.asked.push(name);
    if (server.isSilent) return;
    const [texts, addresses] = [server.records.get(name), server.hosts.get(name)];
    const code = server.isFailing ? "failing" : (texts ?? addresses) ? "ok" : "unknown";
    const wanted = query.readUInt16BE(end);
    const answers = code !== "ok" ? [] : answersOf(wanted, texts ?? [], addresses ?? []);
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(0x8580 | responseCodes[code], 2);
    header.writeUInt16BE(answers.length, 6);
    header.fill(0, 8);
    socket.send(Buffer.concat([header, query.subarray(12, end + 4), ...answers]), from.port);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  atEnd(async () => void socket.close());
  server.address = `127.0.0.1:${socket.address().port}`;
  return server;
}

/** The name that is asked for, and where it ends. */
function readName(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function answersOf(type: number, texts: readonly string[], addresses: readonly string[]): Buffer[] {
  if (type === types.txt) return texts.map((text) => record(type, piecesOf(text)));
  if (type !== types.a) return [];
  return addresses.map((address) => record(type, Buffer.from(address.split(".").map(Number))));
}

/** In pieces of 20 bytes, as a long text comes. */
function piecesOf(text: string): Buffer {
  const pieces = text.match(/.{1,20}/g) ?? [];
  return Buffer.concat(pieces.map((piece) => Buffer.from([piece.length, ...Buffer.from(piece)])));
}

/** A record of the name in the question. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
