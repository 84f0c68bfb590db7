import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTransport } from "nodemailer";
import type { Config } from "@condo/settings/identity-api";
import type { Letter } from "./letters.ts";

/** Takes letters to where they are read. */
export interface MailTransport {
  /** @param id the same when a mail is sent again, so that a reader can tell */
  send(letter: Letter & { id: string; recipient: string }): Promise<void>;
  close(): void;
}

/** The server of SMTP_URL, or else the folder MAIL_DIR; undefined when neither is set. */
export function createMailTransport(
  config: Pick<Config, "SMTP_URL" | "MAIL_DIR" | "MAIL_FROM" | "PUBLIC_URL">,
): MailTransport | undefined {
  const messageOf = ({ id, recipient, subject, text }: Letter & { id: string; recipient: string }) => ({
    from: config.MAIL_FROM,
    to: { name: "", address: recipient },
    subject,
    text,
    messageId: `<${id}@${new URL(config.PUBLIC_URL).hostname}>`,
    headers: { "Auto-Submitted": "auto-generated" },
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  if (config.SMTP_URL) {
    const server = createTransport({
      url: config.SMTP_URL,
      pool: true,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
    });
    return {
      async send(letter) {
        await server.sendMail(messageOf(letter));
      },
      close: () => server.close(),
    };
  }
  if (config.MAIL_DIR) {
    const dir = config.MAIL_DIR;
    const printer = createTransport({ streamTransport: true, buffer: true });
    return {
      async send(letter) {
        const { message } = await printer.sendMail(messageOf(letter));
        await mkdir(dir, { recursive: true, mode: 0o700 });
        // Ids begin with the time, so the folder is in order.
        const file = join(dir, `${letter.id}.eml`);
        await writeFile(`${file}.draft`, message as Buffer, { mode: 0o600, flush: true });
        await rename(`${file}.draft`, file);
      },
      close: () => printer.close(),
    };
  }
  return undefined;
}
