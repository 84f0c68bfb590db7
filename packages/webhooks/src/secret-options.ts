import { isProviderName, providerNames, providers } from "./providers.ts";

/** Every option that is a secret, with its provider. */
export const secretOptions = providerNames.flatMap((provider) =>
  providers[provider].secretOptions.map((option) => ({ provider, option })),
);

export function isSecretOption(provider: string, option: string): boolean {
  return isProviderName(provider) && providers[provider].secretOptions.includes(option);
}

/**
 * A source's options with the secret ones changed: to be sealed, opened, or left out.
 *
 * @param change answers undefined for what is to be left out
 */
export function changeSecretOptions(
  provider: string,
  options: Readonly<Record<string, unknown>>,
  change: (text: string, option: string) => string | undefined,
): Record<string, unknown> {
  const changed = Object.entries(options).map(([name, value]) =>
    typeof value === "string" && isSecretOption(provider, name)
      ? ([name, change(value, name)] as const)
      : ([name, value] as const),
  );
  return Object.fromEntries(changed.filter(([, value]) => value !== undefined));
}
