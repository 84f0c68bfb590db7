import type { SignatureCheck } from "./keys.ts";
import { accept, reject } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What a request's head leaves open: whether its body is the one that was signed. Never throws. */
export interface BodyCheck {
  /** Whether it holds all that it is fed, because its scheme has to see the body whole. */
  readonly holdsBody: boolean;
  /** The next bytes of the body; they may not change until there is a verdict. */
  update(bytes: Buffer): void;
  /** Once, after the last bytes. */
  verdict(): Verdict;
}

/** For a body that is signed with something before and something after it; one of the signatures has to fit. */
export function signedBody(
  before: string,
  after: string,
  checks: readonly SignatureCheck[],
): Verdict | BodyCheck {
  if (checks.length === 0) return reject("wrong_signature");
  const feed = (part: string | Buffer) => {
    if (part.length > 0) for (const check of checks) check.update(part);
  };
  feed(before);
  return {
    holdsBody: checks.some((check) => check.holdsContent),
    update: feed,
    verdict() {
      feed(after);
      return checks.some((check) => check.matches()) ? accept() : reject("wrong_signature");
    },
  };
}

/** For a body that proves its sender by what is in it, not by its bytes. */
export function wholeBody(judge: (body: Buffer) => Verdict): BodyCheck {
  const parts: Buffer[] = [];
  return {
    holdsBody: true,
    update: (bytes) => void parts.push(bytes),
    verdict() {
      const [only] = parts;
      return judge(only && parts.length === 1 ? only : Buffer.concat(parts));
    },
  };
}
