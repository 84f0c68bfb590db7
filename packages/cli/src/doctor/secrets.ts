import { masterKey } from "@condo/http";
import { destinationSecretContext, sourceSecretContext } from "@condo/schema";
import { createSealer, SealBroken, type Sealer } from "@condo/secrets";
import { listKeys, signingKeyContext } from "@condo/signing-keys";
import { ago, problem, warning, well, type Check, type DatabasePatient } from "./finding.ts";

const oldestKeyMs = 90 * 24 * 3_600_000;

/** Keys and what they seal. */
export const secretChecks: Record<string, Check<DatabasePatient>> = {
  async "master key"({ env, trx }) {
    const name = "master key";
    const given = masterKey.safeParse(env["CONDO_MASTER_KEY"]);
    if (!given.success) {
      return warning(
        name,
        "Not looked at: CONDO_MASTER_KEY is not set, or is no key",
        "Whether it opens what is stored is not known",
        "Set CONDO_MASTER_KEY as the services have it",
      );
    }
    const sealer = createSealer(given.data);
    const sealed = await newestSealed(trx);
    const closed = sealed.filter((one) => !opens(sealer, one));
    if (closed.length === 0) {
      return well(
        name,
        sealed.length === 0
          ? "Nothing is sealed yet"
          : `Opens what is sealed (${sealed.map(({ what }) => what).join(", ")})`,
      );
    }
    return problem(
      name,
      `CONDO_MASTER_KEY does not open ${closed.map(({ what }) => what).join(", ")}`,
      "Services with this key can't sign tokens, nor verify or sign webhooks",
      "Put back the key that the installation began with: without it the stored secrets are lost",
    );
  },

  async "signing keys"({ trx }) {
    const name = "signing keys";
    const keys = await listKeys(trx);
    if (keys.length === 0)
      return well(name, "There is none yet: identity-api makes the first when somebody logs in");
    const current = keys.find(({ state }) => state === "current");
    if (!current || !keys.some(({ state }) => state === "next")) {
      return problem(
        name,
        current ? "There is no next key" : "No key signs",
        current ? "A rotation has to wait" : "Nobody can log in",
        "Start identity-api: it makes the keys that are missing",
      );
    }
    const age = Date.now() - current.since.getTime();
    const what = `${current.algorithm} ${current.kid} signs since ${ago(age)}`;
    if (age < oldestKeyMs) return well(name, what);
    return warning(
      name,
      what,
      "The longer a key signs, the more it is worth to a thief",
      "condo keys rotate",
    );
  },
};

interface Sealed {
  what: string;
  context: string;
  sealed: Buffer;
}

/** One of each kind: a key that opens the newest was right when it was made. */
async function newestSealed(trx: DatabasePatient["trx"]): Promise<Sealed[]> {
  const [key, source, destination] = await Promise.all([
    trx
      .selectFrom("signing_keys")
      .select(["kid", "private_key_sealed"])
      .where("state", "=", "current")
      .executeTakeFirst(),
    trx
      .selectFrom("webhook_source_secrets")
      .select(["id", "secret_sealed"])
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst(),
    trx
      .selectFrom("webhook_destination_secrets")
      .select(["id", "secret_sealed"])
      .orderBy("id", "desc")
      .limit(1)
      .executeTakeFirst(),
  ]);
  const found: Sealed[] = [];
  if (key)
    found.push({
      what: "the key that signs tokens",
      context: signingKeyContext(key.kid),
      sealed: key.private_key_sealed,
    });
  if (source)
    found.push({
      what: "a source's secret",
      context: sourceSecretContext(source.id),
      sealed: source.secret_sealed,
    });
  if (destination) {
    found.push({
      what: "a destination's secret",
      context: destinationSecretContext(destination.id),
      sealed: destination.secret_sealed,
    });
  }
  return found;
}

function opens(sealer: Sealer, { sealed, context }: Sealed): boolean {
  try {
    sealer.open(sealed, context);
    return true;
  } catch (error) {
    if (error instanceof SealBroken) return false;
    throw error;
  }
}
