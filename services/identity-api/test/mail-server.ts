import { text } from "node:stream/consumers";
import { atEnd } from "@condo/testing";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";

interface Received {
  to: string[];
  message: string;
}

/** A mail server on loopback. */
export async function startMailServer(answer: (message: string) => Error | undefined = () => undefined) {
  const received: Received[] = [];
  async function receive(
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
    done: (error?: Error) => void,
  ): Promise<void> {
    const message = await text(stream);
    const to = session.envelope.rcptTo.map(({ address }) => address);
    const error = answer(message);
    if (!error) received.push({ to, message: message.replaceAll("=\r\n", "") });
    done(error);
  }
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onRcptTo: (address, _session, done) => {
      const refused = address.address.startsWith("no-mailbox@");
      done(refused ? Object.assign(new Error("no such mailbox"), { responseCode: 550 }) : undefined);
    },
    onData: (stream, session, done) => void receive(stream, session, done),
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.server.address() as { port: number };
  return { url: `smtp://127.0.0.1:${port}`, received };
}
