import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atEnd, eventually } from "@condo/testing";

export interface Mailbox {
  /** For MAIL_DIR. */
  dir: string;
  /** Mails to an address, oldest first. */
  to: (address: string, subject?: RegExp) => Promise<string[]>;
  /** Waits for a mail whose subject fits, the newest of at least `count`, and takes the token out of it. */
  token: (address: string, subject: RegExp, count?: number) => Promise<string>;
}

/** The folder that identity-api puts mails into when there is no server. */
export async function openMailbox(): Promise<Mailbox> {
  const dir = await mkdtemp(join(tmpdir(), "condo-test-mail-"));
  atEnd(() => rm(dir, { recursive: true, force: true }));
  const to: Mailbox["to"] = async (address, subject = /./) => {
    const names = (await readdir(dir)).filter((name) => name.endsWith(".eml")).toSorted();
    const mails = await Promise.all(names.map((name) => readFile(join(dir, name), "utf8")));
    return mails
      .map((mail) => mail.replaceAll("=\r\n", ""))
      .filter(
        (mail) =>
          mail.includes(`To: ${address}\r\n`) && subject.test(/^Subject: (.*)$/m.exec(mail)?.[1] ?? ""),
      );
  };
  return {
    dir,
    to,
    token: (address, subject, count = 1) =>
      eventually(`mail ${count} to ${address}`, async () => {
        const mails = await to(address, subject);
        return mails.length >= count && tokenIn(mails.at(-1) ?? "");
      }),
  };
}

export function tokenIn(mail: string): string | undefined {
  return /\b(?:prt|evt|inv)_[\w-]+/.exec(mail)?.[0];
}
