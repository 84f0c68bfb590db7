/** How long requests may take to come in, in milliseconds. */
export const requestLimits = {
  /** A service answers 408 to what is not whole by then. */
  arrivalMs: 60_000,
  /** The gateway of one machine passes bodies on as they come: it has to give up before the service behind it does. */
  gatewayArrivalMs: 50_000,
  /** What comes of a body after its answer is thrown away for so long; then the connection is closed. */
  lingerMs: 10_000,
};
