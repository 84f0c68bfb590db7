export { outboundAllow } from "./allow-list.ts";
export { createAddressRule, createGuardedAgent, ForbiddenAddress } from "./guard.ts";
