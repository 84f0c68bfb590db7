import { connect, type Socket } from "node:net";

export interface Connection {
  /** Writes a whole request and resolves to the answer's status; one at a time. Rejects when the connection ends first. */
  send(request: Buffer): Promise<number>;
  close(): void;
}

const headEnd = Buffer.from("\r\n\r\n");
const lastChunk = Buffer.from("0\r\n\r\n");
/** Of "HTTP/1.1 ", after which the status stands. */
const statusAt = 9;

/**
 * A keep-alive connection that knows just enough HTTP/1.1 to tell when an answer is over. A client that does more costs
 * as much as the servers that are measured with it.
 */
export async function openConnection(origin: URL): Promise<Connection> {
  const socket = await dial(origin);
  let settle: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined;
  let pending: Buffer | undefined;
  let failure: Error | undefined;

  socket.on("data", (chunk: Buffer) => {
    const bytes = pending ? Buffer.concat([pending, chunk]) : chunk;
    const status = statusOfWhole(bytes);
    pending = status === undefined ? bytes : undefined;
    if (status === undefined) return;
    const { resolve } = settle ?? {};
    settle = undefined;
    resolve?.(status);
  });
  const end = (error: Error): void => {
    failure ??= error;
    settle?.reject(failure);
    settle = undefined;
  };
  socket.on("error", end);
  socket.on("close", () => end(new Error("the server closed the connection")));

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        if (failure) {
          reject(failure);
          return;
        }
        settle = { resolve, reject };
        socket.write(request);
      }),
    close: () => socket.destroy(),
  };
}

function dial(origin: URL): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: origin.hostname, port: Number(origin.port) || 80, noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

/** The status of an answer; undefined while some of it is missing. */
function statusOfWhole(bytes: Buffer): number | undefined {
  const end = bytes.indexOf(headEnd);
  if (end === -1) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(statusAt, statusAt + 3));
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const bodyAt = end + headEnd.length;
  if (length !== undefined) return bytes.length >= bodyAt + Number(length) ? status : undefined;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    return bytes.subarray(bodyAt).subarray(-lastChunk.length).equals(lastChunk) ? status : undefined;
  }
  return status;
}
