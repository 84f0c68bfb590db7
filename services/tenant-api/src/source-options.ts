import { sourceOptionContext } from "@condo/schema";
import { openText, sealText, type Sealer } from "@condo/secrets";
import { changeSecretOptions, isSecretOption } from "@condo/webhooks";

type Options = Record<string, unknown>;

/** A source's options as they are stored: the secret ones sealed. */
export function sealOptions(sealer: Sealer, provider: string, sourceId: string, options: Options): Options {
  return changeSecretOptions(provider, options, (text, name) =>
    sealText(sealer, text, sourceOptionContext(sourceId, name)),
  );
}

/** A source's options as its sender goes by them, from how they are stored. */
export function openOptions(sealer: Sealer, provider: string, sourceId: string, options: Options): Options {
  return changeSecretOptions(provider, options, (text, name) =>
    openText(sealer, text, sourceOptionContext(sourceId, name)),
  );
}

/** What anybody may see of a source's options. */
export function shownOptions(provider: string, options: Options): Options {
  return changeSecretOptions(provider, options, () => undefined);
}

/**
 * A source's options after a change of all that are shown: of the secret ones, what is not named stays and null takes one
 * away.
 */
export function changeOptions(provider: string, before: Options, given: Options): Options {
  const secret: Options = {};
  changeSecretOptions(provider, before, (text, name) => (secret[name] = text));
  return Object.fromEntries(
    Object.entries({ ...secret, ...given }).filter(
      ([name, value]) => value !== null || !isSecretOption(provider, name),
    ),
  );
}
