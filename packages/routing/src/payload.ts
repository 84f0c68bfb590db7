/** The payload of a JSON body; undefined when the body is not JSON, so that there is nothing at any pointer. */
export function parsePayload(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}
