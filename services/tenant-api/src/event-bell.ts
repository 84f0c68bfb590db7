import pg from "pg";

/** How long an event may wait when its notification was lost, as it is behind a pooler in transaction mode. */
const pollMs = 1_000;
const reconnectMs = 500;

/** Rings when events may have been recorded, as long as somebody listens: one connection a process. */
export interface EventBell {
  start(): void;
  stop(): void;
}

export function createEventBell(options: {
  databaseUrl: string;
  ring: () => void;
  onError: (error: unknown) => void;
}): EventBell {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let running = false;

  function connect(): void {
    if (!running || client) return;
    const opened = new pg.Client({
      connectionString: options.databaseUrl,
      application_name: "tenant-api events",
      keepAlive: true,
    });
    client = opened;
    const lost = () => {
      if (client !== opened) return;
      client = undefined;
      opened.end().catch(() => undefined);
      if (running) retry = setTimeout(connect, reconnectMs);
    };
    opened.on("error", (error) => {
      options.onError(error);
      lost();
    });
    opened.on("end", lost);
    opened.on("notification", options.ring);
    opened
      .connect()
      .then(() => opened.query("listen condo_webhook_events"))
      .then(options.ring)
      .catch((error: unknown) => {
        options.onError(error);
        lost();
      });
  }

  return {
    start() {
      if (running) return;
      running = true;
      timer = setInterval(options.ring, pollMs);
      connect();
    },
    stop() {
      running = false;
      clearInterval(timer);
      clearTimeout(retry);
      const open = client;
      client = undefined;
      open?.end().catch(() => undefined);
    },
  };
}
