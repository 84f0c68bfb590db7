import type { BodyCheck } from "./body-check.ts";
import type { ChallengeAnswer } from "./challenge.ts";
import type { Acknowledgement, SecretWindow, SourceIssue } from "./provider.ts";
import { providers } from "./providers.ts";
import type { ProviderName } from "./providers.ts";
import type { RequestHead, SignedRequest } from "./request.ts";
import type { Verdict } from "./verdict.ts";

/** Tells whether a request came from who holds one of the secrets. Never throws. */
export interface Verifier {
  readonly verify: (request: SignedRequest, now: Date) => Verdict;
  /**
   * Before the body is there. A verdict where the head decides: it is refused for its stamp, or proven by credentials.
   * Else a check that is fed the body.
   */
  readonly open: (head: RequestHead, now: Date) => Verdict | BodyCheck;
}

export interface SourceOptions {
  /** Any of them may have signed, so that a secret can be rotated without losing what is under way. */
  readonly secrets: readonly string[];
  /** When each of the secrets verifies, by the stamp where it is signed, else by the moment of receipt. */
  readonly windows?: readonly SecretWindow[];
  readonly config?: unknown;
  readonly toleranceSeconds?: number;
}

/** The source could not have been saved like this; its issues never quote a secret. */
export class InvalidSourceError extends Error {
  override name = "InvalidSourceError";
  readonly issues: readonly SourceIssue[];

  constructor(provider: ProviderName, issues: readonly SourceIssue[]) {
    const list = issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ");
    super(`not a usable ${provider} source: ${list}`);
    this.issues = issues;
  }
}

/** Keys are decoded here, once, so that a request costs its hash and no more. Throws InvalidSourceError. */
export function createVerifier(provider: ProviderName, options: SourceOptions): Verifier {
  const { secrets, windows, config, toleranceSeconds } = options;
  const check = providers[provider].compile(secrets, config, windows);
  if (typeof check !== "function") throw new InvalidSourceError(provider, check);
  const open: Verifier["open"] = (head, now) => check(head, { at: now, toleranceSeconds });
  return {
    open,
    verify(request, now) {
      const opened = open(request, now);
      if ("ok" in opened) return opened;
      opened.update(request.body);
      return opened.verdict();
    },
  };
}

/** Why these secrets and options can't be used with the provider; empty when they can. */
export function validateSource(
  provider: ProviderName,
  secrets: readonly string[],
  config?: unknown,
): readonly SourceIssue[] {
  const result = providers[provider].compile(secrets, config);
  return typeof result === "function" ? [] : result;
}

/** Whether two of the sender's events may have the same bytes: of those without an id, none is known for a repetition then. */
export function bodiesRecur(provider: ProviderName): boolean {
  return providers[provider].bodiesRecur;
}

/** How a sender is told that its event was taken. */
export function acknowledgementOf(provider: ProviderName, request: SignedRequest): Acknowledgement {
  return providers[provider].acknowledgement(request);
}

/** The answer to a sender that asks whether it found the right place; null when the request is no such question. */
export function challengeAnswer(
  provider: ProviderName,
  request: SignedRequest,
  secrets: readonly string[] = [],
  config?: unknown,
): ChallengeAnswer | null {
  return providers[provider].challenge(request, secrets, config);
}
