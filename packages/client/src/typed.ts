import type { FetchOptions, FetchResponse } from "openapi-fetch";
import type { paths } from "./schema.ts";

export type Method = "get" | "post" | "put" | "delete";

type Operation = { parameters: object; responses: Record<number, unknown> };

/** The paths that a method may be used on. */
export type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, Operation> ? P : never;
}[keyof paths];

type OperationOf<M extends Method, P extends keyof paths> =
  paths[P] extends Record<M, infer O extends Operation> ? O : never;

/** Parameters, body, and what `fetch` takes besides; may be left out where the operation needs none of it. */
type Init<M extends Method, P extends keyof paths> = Omit<
  FetchOptions<OperationOf<M, P>>,
  "fetch" | "baseUrl" | "middleware" | "parseAs"
>;
export type InitOf<M extends Method, P extends keyof paths> =
  Partial<Init<M, P>> extends Init<M, P> ? [init?: Init<M, P>] : [init: Init<M, P>];

/** What an operation answers when it succeeds. */
export type AnswerOf<M extends Method, P extends keyof paths> = Extract<
  FetchResponse<OperationOf<M, P>, object, `${string}/${string}`>,
  { error?: never }
>["data"];

/** The item of a list that is answered page by page. */
export type ItemOf<P extends keyof paths> =
  AnswerOf<"get", P> extends { items: (infer T)[]; next_cursor: string | null } ? T : never;

export type ListPaths = {
  [P in PathsWith<"get">]: [ItemOf<P>] extends [never] ? never : P;
}[PathsWith<"get">];
