import { startTestFleet } from "@condo/e2e";
import { isolationSuite } from "./suite.ts";

isolationSuite("tenants are kept apart at every route", () =>
  startTestFleet({ REQUESTS_PER_MINUTE: "1000000", LOGIN_ATTEMPTS_PER_MINUTE: "1000000" }),
);
