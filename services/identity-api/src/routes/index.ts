import type { App } from "@condo/http";
import type { Context } from "../context.ts";
import { getJwks } from "./get-jwks.ts";
import { getMe } from "./get-me.ts";
import { login } from "./login.ts";
import { logout } from "./logout.ts";
import { refresh } from "./refresh.ts";
import { register } from "./register.ts";

const api = [register, login, refresh, logout, getMe];

export async function routes(app: App, context: Context): Promise<void> {
  getJwks(app, context);
  await app.register(
    async (scope) => {
      for (const route of api) route(scope, context);
    },
    { prefix: "/api/v1" },
  );
}
