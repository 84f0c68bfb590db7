import { invalid } from "@condo/http";
import type { Tenant } from "@condo/schema";
import { dictionary } from "@zxcvbn-ts/language-common";

/** The most used passwords of published leaks, in lower case: 49 000, of which 18 000 are long enough to be tried here. */
const mostUsed = new Set(dictionary["passwords-common"]);

const product = "condo";

/** Shorter words are in too many others: Ada in "canada". */
const minWordLength = 4;
/** What is left of a password beside words that anybody can guess has to be as long as this. */
const minRestLength = 6;

/** What somebody who guesses at a password knows of its owner. */
export interface PasswordContext {
  tenantNames: readonly string[];
  email: string;
  firstName: string;
  lastName: string;
}

/**
 * Refuses a new password that is easily guessed, though it is long enough (NIST 800-63B-4, 3.1.1.2): one of the most
 * used, or little more than the name of something it has to do with.
 *
 * @param path where the request has it, such as `body.password`
 */
export function assertHardToGuess(path: string, password: string, context: PasswordContext): void {
  const folded = fold(password);
  if (mostUsed.has(folded))
    throw invalid(path, "is one of the most used passwords, which leaks have made known");
  for (const [what, words] of namesIn(context)) {
    const rest = words
      .reduce((left, word) => left.replaceAll(word, ""), folded)
      .replace(/[^\p{L}\p{N}]/gu, "");
    const isNamed = words.some((word) => folded.includes(word));
    if (isNamed && (rest.length < minRestLength || mostUsed.has(rest))) {
      throw invalid(path, `is little more than ${what}`);
    }
  }
  const base = folded.replace(/[^\p{L}]+$/u, "");
  if (mostUsed.has(base) && folded.length - base.length < minRestLength) {
    throw invalid(path, "is one of the most used passwords with a few signs behind it");
  }
}

/** What there is to know about somebody of a tenant. */
export function passwordContextOf(
  tenant: Pick<Tenant, "name" | "slug"> | undefined,
  user: { email: string; first_name: string; last_name: string },
): PasswordContext {
  return {
    tenantNames: tenant ? [tenant.name, tenant.slug] : [],
    email: user.email,
    firstName: user.first_name,
    lastName: user.last_name,
  };
}

function namesIn(context: PasswordContext): [what: string, words: string[]][] {
  const [localPart = ""] = context.email.split("@", 1);
  const named: [string, readonly string[]][] = [
    ["the product's name", [product]],
    ["the tenant's name", context.tenantNames],
    ["the e-mail address", [context.email, localPart]],
    ["the user's name", [`${context.firstName}${context.lastName}`, context.firstName, context.lastName]],
    [
      "names that have to do with the account",
      [product, ...context.tenantNames, localPart, context.firstName, context.lastName],
    ],
  ];
  return named.map(([what, names]) => [what, wordsOf(names)]);
}

/** The names as a whole and in parts, longest first. */
function wordsOf(names: readonly string[]): string[] {
  const words = new Set<string>();
  for (const name of names.map(fold)) {
    const parts = name.split(/[^\p{L}\p{N}]+/u);
    for (const word of [name, parts.join(""), ...parts]) if (word.length >= minWordLength) words.add(word);
  }
  return [...words].toSorted((a, b) => b.length - a.length);
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
