import { field, formBody, jsonBody, parseJson } from "./body.ts";
import type { RawDescription } from "./provider.ts";
import { readHeader } from "./request.ts";
import type { SignedRequest } from "./request.ts";

/** `event_id` but not `id`: in many bodies that is the id of the thing that changed, the same in each of its events. */
export function describeByOptions(
  request: SignedRequest,
  config: { readonly id_header?: string | undefined; readonly type_header?: string | undefined },
): RawDescription {
  const body = jsonBody(request);
  const id = config.id_header === undefined ? field(body, "event_id") : readHeader(request, config.id_header);
  const type =
    config.type_header === undefined
      ? (field(body, "event_type") ?? field(body, "type") ?? field(body, "event"))
      : readHeader(request, config.type_header);
  return { id, type };
}

export function describeGitHub(request: SignedRequest): RawDescription {
  const event = readHeader(request, "x-github-event");
  const payload = formBody(request).get("payload");
  const action = field(payload === null ? jsonBody(request) : parseJson(payload), "action");
  return {
    id: readHeader(request, "x-github-delivery"),
    type: event !== undefined && typeof action === "string" ? `${event}.${action}` : event,
  };
}

/** One thing done in a shop can bring several topics with one event id. */
export function describeShopify(request: SignedRequest): RawDescription {
  const topic = readHeader(request, "x-shopify-topic");
  const eventId = readHeader(request, "x-shopify-event-id");
  return {
    id: topic && eventId ? `${topic}:${eventId}` : readHeader(request, "x-shopify-webhook-id"),
    type: topic?.replaceAll("/", "."),
  };
}

/** Events come as JSON, interactions as JSON in a form field, slash commands as a form. */
export function describeSlack(request: SignedRequest): RawDescription {
  const form = formBody(request);
  if (form.has("command")) return { id: null, type: "slash_command" };
  const payload = form.get("payload");
  const body = payload === null ? jsonBody(request) : parseJson(payload);
  return { id: field(body, "event_id"), type: field(body, "event", "type") ?? field(body, "type") };
}

/**
 * A message reports each status once. A call asks again and again in one status, so its sid tells no requests apart. What
 * is numbered is numbered by call, or by conference, whose callbacks name a call, too.
 */
export function describeTwilio(request: SignedRequest): RawDescription {
  const form = formBody(request);
  const messageSid = form.get("MessageSid");
  const messageStatus = form.get("MessageStatus") ?? form.get("SmsStatus");
  if (messageSid !== null && messageStatus !== null) {
    return { id: `${messageSid}:${messageStatus}`, type: `message.${messageStatus}` };
  }
  const numberedBy = form.get("ConferenceSid") ?? form.get("CallSid");
  const callStatus = form.get("CallStatus");
  const sequence = form.get("SequenceNumber");
  return {
    id: numberedBy !== null && sequence !== null ? `${numberedBy}:${sequence}` : null,
    type: callStatus === null ? null : `call.${callStatus}`,
  };
}

const discordInteractions = [
  "ping",
  "application_command",
  "message_component",
  "application_command_autocomplete",
  "modal_submit",
];

export function describeDiscord(request: SignedRequest): RawDescription {
  const body = jsonBody(request);
  const interaction = field(body, "type");
  return {
    id: field(body, "id"),
    type:
      field(body, "event", "type") ??
      (typeof interaction === "number" ? discordInteractions[interaction - 1] : null),
  };
}
