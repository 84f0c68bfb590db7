import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import helmet, { type HelmetOptions } from "helmet";

const options: HelmetOptions = {
  // Plain HTTP on a laptop must work: the gateway decides about TLS.
  contentSecurityPolicy: {
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], upgradeInsecureRequests: null },
  },
};

/** Helmet's headers, by names in lower case. They are the same on every answer, so helmet is asked once. */
export async function securityHeaders(): Promise<Record<string, string>> {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  await new Promise<void>((resolve, reject) => {
    helmet(options)(response.req, response, (error) => (error ? reject(error) : resolve()));
  });
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
