import { serializerCompiler } from "fastify-type-provider-zod";

/**
 * Checks answers against their schema, and writes them as JSON. One that is frozen, and so the same whenever it is given,
 * is checked and written once.
 */
export const answerSerializer: typeof serializerCompiler = (route) => {
  const write = serializerCompiler(route);
  const written = new WeakMap<object, string>();
  return (answer) => {
    if (!Object.isFrozen(answer) || typeof answer !== "object" || answer === null) return write(answer);
    const before = written.get(answer);
    if (before !== undefined) return before;
    const json = write(answer);
    written.set(answer, json);
    return json;
  };
};
