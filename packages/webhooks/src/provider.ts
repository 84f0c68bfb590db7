import type { z } from "zod";
import type { BodyCheck } from "./body-check.ts";
import type { ChallengeAnswer } from "./challenge.ts";
import { UnusableSecretError } from "./keys.ts";
import type { RequestHead, SignedRequest } from "./request.ts";
import type { Scheme } from "./schemes/scheme.ts";
import type { Receipt } from "./timestamp.ts";
import type { Verdict } from "./verdict.ts";

/** What the sender says about its event, as found in the request: not yet checked for size or spelling. */
export interface RawDescription {
  readonly id: unknown;
  readonly type: unknown;
}

/** The answer to an event that was taken. */
export interface Acknowledgement {
  readonly status: 200 | 202 | 204;
  /** Whether the sender takes an answer with a body for one. */
  readonly hasReceipt: boolean;
}

export interface ProviderDefinition<Config, Key> {
  /** The options that a source of this provider takes, as the control plane's API shows them. */
  readonly config: z.ZodType<Config>;
  /** Options that let in who knows them: texts. They are kept as secrets are, and not shown. */
  readonly secretOptions?: readonly (keyof Config & string)[];
  readonly scheme: (config: Config) => Scheme<Key>;
  readonly describe: (request: SignedRequest, config: Config) => RawDescription;
  /** Two of its events may have the same bytes, as where it says no more than that something changed. */
  readonly bodiesRecur?: boolean;
  /** How the sender wants to be told that its event was taken; 202 and a receipt where it is content with any 2xx. */
  readonly acknowledgement?: (request: SignedRequest) => Acknowledgement;
  readonly challenge?: (
    request: SignedRequest,
    secrets: readonly string[],
    config: Config,
  ) => ChallengeAnswer | null;
}

/** As `Scheme.open`, by the keys of a source. */
type Check = (request: RequestHead, receipt: Receipt) => Verdict | BodyCheck;

/** When a secret verifies: from the one moment on, and before the other. Null where it has no such end. */
export interface SecretWindow {
  readonly validFrom: Date | null;
  readonly validUntil: Date | null;
}

/** A sender's clock may be behind ours: as far as its stamps may lie in the past. */
const clockToleranceMs = 300_000;

/** What stands in the way of using a source; `path` starts with `secrets` or `config`. */
export interface SourceIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** A provider with its own types of config and key closed over, so that all of them fit one map. */
export interface Provider<Config = unknown> {
  readonly config: z.ZodType<Config>;
  readonly secretOptions: readonly string[];
  /** Windows stand beside the secrets; without them, a secret verifies at any time. */
  readonly compile: (
    secrets: readonly string[],
    config: unknown,
    windows?: readonly SecretWindow[],
  ) => Check | readonly SourceIssue[];
  readonly describe: (request: SignedRequest, config: unknown) => RawDescription;
  readonly bodiesRecur: boolean;
  readonly acknowledgement: (request: SignedRequest) => Acknowledgement;
  readonly challenge: (
    request: SignedRequest,
    secrets: readonly string[],
    config: unknown,
  ) => ChallengeAnswer | null;
}

const nothingKnown: RawDescription = { id: null, type: null };
export const maxSecrets = 8;

export function defineProvider<Config, Key>(definition: ProviderDefinition<Config, Key>): Provider<Config> {
  // A source without options is stored as null.
  const parseConfig = (config: unknown) => definition.config.safeParse(config ?? {});

  return {
    config: definition.config,
    secretOptions: definition.secretOptions ?? [],
    bodiesRecur: definition.bodiesRecur ?? false,
    acknowledgement: definition.acknowledgement ?? (() => ({ status: 202, hasReceipt: true })),
    compile(secrets, config, windows = []) {
      const parsed = parseConfig(config);
      if (!parsed.success) return parsed.error.issues.map(toConfigIssue);
      if (secrets.length === 0 || secrets.length > maxSecrets) {
        return [{ path: ["secrets"], message: `takes 1 to ${maxSecrets} secrets` }];
      }
      const scheme = definition.scheme(parsed.data);
      const { keys, issues } = decodeSecrets(scheme, secrets);
      if (issues.length > 0) return issues;
      const isBounded = windows.some(
        ({ validFrom, validUntil }) => validFrom !== null || validUntil !== null,
      );
      if (!isBounded) return (request, receipt) => scheme.open(request, keys, receipt);
      return (request, receipt) => {
        const at = scheme.signedAt?.(request) ?? receipt.at;
        const valid = keys.filter((_key, index) => isWithin(at, windows[index]));
        return scheme.open(request, valid, receipt);
      };
    },
    describe(request, config) {
      const parsed = parseConfig(config);
      return parsed.success ? definition.describe(request, parsed.data) : nothingKnown;
    },
    challenge(request, secrets, config) {
      if (definition.challenge === undefined) return null;
      const parsed = parseConfig(config);
      return parsed.success ? definition.challenge(request, secrets, parsed.data) : null;
    },
  };
}

function isWithin(at: Date, window: SecretWindow | undefined): boolean {
  if (window?.validFrom && at.getTime() < window.validFrom.getTime() - clockToleranceMs) return false;
  return !window?.validUntil || at < window.validUntil;
}

function decodeSecrets<Key>(scheme: Scheme<Key>, secrets: readonly string[]) {
  const keys: Key[] = [];
  const issues: SourceIssue[] = [];
  for (const [index, secret] of secrets.entries()) {
    try {
      keys.push(scheme.decodeSecret(secret));
    } catch (error) {
      if (!(error instanceof UnusableSecretError)) throw error;
      issues.push({ path: ["secrets", index], message: error.message });
    }
  }
  return { keys, issues };
}

function toConfigIssue(issue: z.core.$ZodIssue): SourceIssue {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  return { path: ["config", ...path], message: issue.message };
}
