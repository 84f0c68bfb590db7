import type { GenericSignatureConfig } from "../generic-config.ts";
import type { KeyDecoder, SigningKey } from "../keys.ts";
import type { Scheme } from "./scheme.ts";
import { signatureScheme } from "./signature.ts";

/** A signature as the options of a source describe it. */
export function genericSignatureScheme(
  key: KeyDecoder<SigningKey>,
  config: GenericSignatureConfig,
): Scheme<SigningKey> {
  const { timestamp_header: timestampHeader } = config;
  return signatureScheme({
    key,
    signature: {
      header: config.header,
      encoding: config.encoding === "hex" ? "hex-any-case" : config.encoding,
      prefix: config.prefix,
    },
    timestamp:
      timestampHeader === undefined
        ? undefined
        : {
            header: timestampHeader,
            format: config.timestamp_format,
            toleranceSeconds: config.tolerance_seconds,
          },
    idHeader: config.template.includes("{id}") ? config.id_header : undefined,
    template: config.template,
  });
}
