import { signedBody } from "../body-check.ts";
import { decodeStrict } from "../encoding.ts";
import type { Encoding } from "../encoding.ts";
import type { KeyDecoder, SigningKey } from "../keys.ts";
import { readHeader } from "../request.ts";
import type { RequestHead } from "../request.ts";
import { checkTimestamp, parseTimestamp } from "../timestamp.ts";
import type { TimestampSpec } from "../timestamp.ts";
import { reject } from "../verdict.ts";
import type { Scheme } from "./scheme.ts";

export interface SignatureSpec {
  readonly key: KeyDecoder<SigningKey>;
  readonly signature: {
    readonly header: string;
    readonly encoding: Encoding;
    readonly prefix?: string | undefined;
    readonly prefixOptional?: boolean;
  };
  readonly timestamp?: (TimestampSpec & { readonly header: string }) | undefined;
  readonly idHeader?: string | undefined;
  /** What is signed, in the words of `templateTokens`, `{body}` once among them; the bare body when absent. */
  readonly template?: string;
}

export const templateTokens = ["{id}", "{timestamp}", "{method}", "{url}", "{body}"] as const;

/** A signature in a header of its own, over the body and what the template puts beside it. */
export function signatureScheme(spec: SignatureSpec): Scheme<SigningKey> {
  const [before = "", after = ""] = (spec.template ?? "{body}").split("{body}");
  const [renderBefore, renderAfter] = [compileTemplate(before), compileTemplate(after)];
  const signedStamp = spec.template?.includes("{timestamp}") ? spec.timestamp : undefined;
  return {
    decodeSecret: spec.key,
    signedAt: (request) =>
      signedStamp ? parseTimestamp(readHeader(request, signedStamp.header), signedStamp.format) : null,
    open(request, keys, receipt) {
      const header = readHeader(request, spec.signature.header);
      if (header === undefined) return reject("missing_signature");

      const timestamp = spec.timestamp && readHeader(request, spec.timestamp.header);
      if (spec.timestamp && timestamp === undefined) return reject("missing_timestamp");

      const id = spec.idHeader === undefined ? undefined : readHeader(request, spec.idHeader);
      if (spec.idHeader !== undefined && id === undefined) return reject("missing_id");

      const signature = decodeSignature(header, spec.signature);
      if (signature === null) return reject("malformed_signature");

      if (spec.timestamp && timestamp !== undefined) {
        const reason = checkTimestamp(timestamp, spec.timestamp, receipt);
        if (reason !== null) return reject(reason);
      }
      return signedBody(
        renderBefore(request, timestamp ?? "", id ?? ""),
        renderAfter(request, timestamp ?? "", id ?? ""),
        keys.map((key) => key([signature])),
      );
    },
  };
}

function decodeSignature(header: string, spec: SignatureSpec["signature"]): Buffer | null {
  const prefix = spec.prefix ?? "";
  if (header.startsWith(prefix)) return decodeStrict(header.slice(prefix.length), spec.encoding);
  return spec.prefixOptional === true ? decodeStrict(header, spec.encoding) : null;
}

type Render = (request: RequestHead, timestamp: string, id: string) => string;

function compileTemplate(template: string): Render {
  const parts = template.split(/(\{\w+\})/).filter((part) => part !== "");
  return (request, timestamp, id) =>
    parts
      .map((part) => {
        switch (part) {
          case "{id}":
            return id;
          case "{timestamp}":
            return timestamp;
          case "{method}":
            return request.method;
          case "{url}":
            return request.url;
          default:
            return part;
        }
      })
      .join("");
}
