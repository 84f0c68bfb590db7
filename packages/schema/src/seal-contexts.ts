/** What a source's sealed secret is bound to: the row it stands in. */
export function sourceSecretContext(secretId: string): string {
  return `webhook_source_secret:${secretId}`;
}

/** What a sealed option of a source is bound to. */
export function sourceOptionContext(sourceId: string, option: string): string {
  return `webhook_source_option:${sourceId}:${option}`;
}

/** What a destination's sealed secret is bound to: the row it stands in. */
export function destinationSecretContext(secretId: string): string {
  return `webhook_destination_secret:${secretId}`;
}

/** What a destination's sealed headers are bound to. */
export function destinationHeadersContext(destinationId: string): string {
  return `webhook_destination_headers:${destinationId}`;
}
