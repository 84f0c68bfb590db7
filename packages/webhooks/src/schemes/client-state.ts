import { wholeBody } from "../body-check.ts";
import { field, jsonBody } from "../body.ts";
import { credential } from "../keys.ts";
import type { Credential } from "../keys.ts";
import { accept, reject } from "../verdict.ts";
import type { Scheme } from "./scheme.ts";

/** A batch of notifications with resource data runs well past what other senders put into a body. */
const maxBatchBytes = 4 * 1024 * 1024;

/** Microsoft Graph puts the subscription's `clientState` into every notification of a batch: each must carry it. */
export const clientStateScheme: Scheme<Credential> = {
  decodeSecret: credential,
  open: (_request, keys) =>
    wholeBody((body) => {
      const notifications = field(jsonBody({ body }, maxBatchBytes), "value");
      if (!Array.isArray(notifications) || notifications.length === 0) return reject("malformed_body");

      const states = new Set(notifications.map((notification) => field(notification, "clientState")));
      for (const state of states) {
        if (typeof state !== "string") return reject("missing_credentials");
        if (!keys.some((matches) => matches(state))) return reject("wrong_credentials");
      }
      return accept();
    }),
};
