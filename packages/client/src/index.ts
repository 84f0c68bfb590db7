export { createClient, type ClientOptions, type CondoClient } from "./client.ts";
export { ApiProblem, CondoError, Unreachable } from "./errors.ts";
export type { FollowedEvent, FollowOptions } from "./follow.ts";
export type { components, paths } from "./schema.ts";
export type { Credentials, Tokens } from "./session.ts";
