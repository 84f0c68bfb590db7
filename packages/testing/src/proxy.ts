import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

type PassOn = (chunk: Buffer) => void;

/** What comes by on one connection of a proxy; what is not passed on does not arrive. */
export interface ProxiedConnection {
  asked: (chunk: Buffer, passOn: PassOn) => void;
  answered: (chunk: Buffer, passOn: PassOn) => void;
}

/**
 * A way to a server on which a test stands, and sees and holds what is said.
 *
 * @param url of the server; the proxy's differs in host and port alone
 * @param watch makes what looks at a new connection
 */
export async function startProxy(url: string, watch: () => ProxiedConnection) {
  const { hostname, port } = new URL(url);
  const open = new Set<Socket>();
  let lost = 0;
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    const connection = watch();
    near.on("data", (chunk) => connection.asked(chunk, (passed) => far.write(passed)));
    far.on("data", (chunk) => connection.answered(chunk, (passed) => near.write(passed)));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket
        .on("error", () => undefined)
        .on("close", () => {
          lost++;
          other.destroy();
        });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    /** How many ends of connections have closed. */
    lost: () => lost,
    async close(): Promise<void> {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
