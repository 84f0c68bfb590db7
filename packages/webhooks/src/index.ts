export type { BodyCheck } from "./body-check.ts";
export { jsonBody } from "./body.ts";
export type { ChallengeAnswer } from "./challenge.ts";
export { isOfConnection } from "./connection-headers.ts";
export { describe } from "./describe.ts";
export type { Description } from "./describe.ts";
export { UnusableSecretError } from "./keys.ts";
export { maxSecrets } from "./provider.ts";
export type { Acknowledgement, SecretWindow, SourceIssue } from "./provider.ts";
export { isProviderName, providerConfigs, providerNames } from "./providers.ts";
export type { ProviderName } from "./providers.ts";
export type { RequestHead, SignedRequest } from "./request.ts";
export { changeSecretOptions, isSecretOption, secretOptions } from "./secret-options.ts";
export { signSample } from "./sample.ts";
export type { SampleRequest, SignedSample } from "./sample.ts";
export { generateStandardSecret, signStandardWebhook } from "./standard-webhooks.ts";
export type { StandardWebhookHeaders } from "./standard-webhooks.ts";
export { rejectionReasons } from "./verdict.ts";
export type { RejectionReason, Verdict } from "./verdict.ts";
export {
  acknowledgementOf,
  bodiesRecur,
  challengeAnswer,
  createVerifier,
  InvalidSourceError,
  validateSource,
} from "./verify.ts";
export type { SourceOptions, Verifier } from "./verify.ts";
