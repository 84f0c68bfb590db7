import { z } from "zod";
import { isOfConnection } from "./connection-headers.ts";
import { templateTokens } from "./schemes/signature.ts";
import { timestampFormats } from "./timestamp.ts";

/** Options of the providers that stand for "anything else". */

const headerName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "is not a header name")
  .toLowerCase()
  .refine((name) => !isOfConnection(name), "is a header of the connection");

/** Where a sender that is not in the catalogue says which event this is. */
const descriptionOptions = {
  id_header: headerName.optional(),
  type_header: headerName.optional(),
};

const toleranceSeconds = z.int().min(1).max(86_400).optional();

const timestampOptions = {
  timestamp_header: headerName.optional(),
  timestamp_format: z.enum(timestampFormats).default("unix"),
  tolerance_seconds: toleranceSeconds,
};

const template = z
  .string()
  .min(1)
  .max(256)
  .refine(hasBodyOnce, "holds {body} exactly once: what is not signed can be changed")
  .refine(hasKnownTokens, `knows only ${templateTokens.join(" ")}`)
  .default("{body}");

const signatureOptions = {
  header: headerName.default("x-signature"),
  encoding: z.enum(["hex", "base64"]).default("hex"),
  prefix: z
    .string()
    .max(64)
    .regex(/^(?! )[\x20-\x7e]*$/, "is nothing that a header begins with")
    .default(""),
  template,
  ...timestampOptions,
  ...descriptionOptions,
};

export const condoConfig = z.strictObject({
  header: headerName.default("x-signature"),
  tolerance_seconds: toleranceSeconds,
  ...descriptionOptions,
});

export const hmacConfig = z
  .strictObject({ ...signatureOptions, algorithm: z.enum(["sha1", "sha256", "sha512"]).default("sha256") })
  .superRefine(requireHeadersOfTemplate);

export const ed25519Config = z.strictObject(signatureOptions).superRefine(requireHeadersOfTemplate);

export const ecdsaConfig = z
  .strictObject({
    ...signatureOptions,
    encoding: z.enum(["hex", "base64"]).default("base64"),
    algorithm: z.enum(["sha256", "sha384", "sha512"]).default("sha256"),
  })
  .superRefine(requireHeadersOfTemplate);

export const credentialsConfig = z.strictObject(descriptionOptions);

export const apiKeyConfig = z.strictObject({
  header: headerName.default("x-api-key"),
  ...descriptionOptions,
});

export type GenericSignatureConfig = z.infer<typeof ed25519Config>;

function hasBodyOnce(text: string): boolean {
  return text.split("{body}").length === 2;
}

function hasKnownTokens(text: string): boolean {
  const known: readonly string[] = templateTokens;
  const tokens = text.match(/\{[^{}]*\}/g) ?? [];
  const rest = text.replaceAll(/\{[^{}]*\}/g, "");
  return tokens.every((token) => known.includes(token)) && !/[{}]/.test(rest);
}

/** Checked across fields: a token whose header is not named would be signed as nothing. */
function requireHeadersOfTemplate(config: GenericSignatureConfig, context: z.RefinementCtx): void {
  if (config.template.includes("{timestamp}") && config.timestamp_header === undefined) {
    context.addIssue({ code: "custom", path: ["timestamp_header"], message: "is needed for {timestamp}" });
  }
  if (config.template.includes("{id}") && config.id_header === undefined) {
    context.addIssue({ code: "custom", path: ["id_header"], message: "is needed for {id}" });
  }
}
