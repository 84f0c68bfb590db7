import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { atEnd } from "@condo/testing";
import { Provider, type Configuration } from "oidc-provider";

export interface Account {
  sub: string;
  email?: string;
  email_verified?: boolean;
  given_name?: string;
  family_name?: string;
  amr?: string[];
  /** Stands in the ID token; what else there is to know of the address, userinfo tells. */
  idTokenEmail?: string;
}

export const client = { id: "condo", secret: "a secret of the client" };

/** A real OpenID provider on loopback, at which `account` is whoever comes next. */
export async function startIdentityProvider() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const accounts = new Map<string, Account>();
  const state = { account: { sub: "nobody" } as Account };

  const configuration: Configuration = {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: ["http://localhost/nobody-s"],
        response_types: ["code"],
        grant_types: ["authorization_code"],
      },
    ],
    claims: {
      openid: ["sub", "amr", "email"],
      email: ["email", "email_verified"],
      profile: ["given_name", "family_name"],
    },
    cookies: { keys: ["of a test"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: async (_context, id) => ({
      accountId: id,
      async claims(use) {
        const { idTokenEmail, ...account } = accounts.get(id) ?? {};
        return { ...account, ...(use === "id_token" ? { email: idTokenEmail } : {}), sub: id };
      },
    }),
    async loadExistingGrant(context) {
      const { client: asking, session, provider } = context.oidc;
      if (!asking || !session?.accountId) return undefined;
      const grant = new provider.Grant({ clientId: asking.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid email profile");
      await grant.save();
      return grant;
    },
  };
  const provider = new Provider(issuer, configuration);
  const redirectUris = new Set<string>();
  provider.Client.prototype.redirectUriAllowed = (uri) => redirectUris.has(uri);
  const handle = provider.callback();
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    if (!request.url?.startsWith("/interaction/")) return void handle(request, response);
    accounts.set(state.account.sub, state.account);
    const { sub, amr = [] } = state.account;
    return void provider.interactionFinished(request, response, { login: { accountId: sub, amr } });
  });
  atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });

  return {
    issuer,
    /** Lets the client's users be led back to this place. */
    allow: (redirectUri: string) => void redirectUris.add(redirectUri),
    /** Logs an account in, as a browser that follows redirects would; answers where it is sent back to. */
    async logIn(authorizationUrl: string, account: Account): Promise<URL> {
      state.account = account;
      const cookies = new Map<string, string>();
      let url = authorizationUrl;
      for (let hops = 0; hops < 10; hops++) {
        const answer = await fetch(url, {
          redirect: "manual",
          headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
        });
        for (const line of answer.headers.getSetCookie()) {
          const [name = "", value = ""] = (line.split(";", 1)[0] ?? "").split(/=(.*)/s);
          cookies.set(name, value);
        }
        const location = answer.headers.get("location");
        if (!location) throw new Error(`The provider answered ${answer.status}: ${await answer.text()}`);
        url = new URL(location, url).href;
        if (!url.startsWith(issuer)) return new URL(url);
      }
      throw new Error("The provider redirects without end");
    },
  };
}
