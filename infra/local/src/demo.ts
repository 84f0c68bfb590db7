import { ApiProblem, createClient, type CondoClient } from "@condo/client";
import { freePort, isPortFree } from "@condo/engines";
import { type Delivery, openInbox } from "./demo-inbox.ts";
import { type DemoSender, demoSenders, githubWebhook } from "./demo-senders.ts";
import { SetupProblem } from "./problem.ts";
import { type DemoSecrets, keptSecrets, saveSecrets } from "./secrets.ts";

export interface DemoOptions {
  origin: string;
  /** Where the fleet keeps its secrets: the demo's are among them. */
  dir: string;
  onLine: (line: string) => void;
}

type KeptDestination = NonNullable<DemoSecrets["destination"]>;

const slug = "acme";
const email = "ada@acme.example";
const destinationName = "demo";
/** The inbox's port, counted from the gateway's, while the destination has none. */
const inboxPortAfterGateway = 5;
const deliveryLimitMs = 15_000;

/** Does the main job once for a demo tenant, then says where things are. It goes on listening for deliveries. */
export async function runDemo({ origin, dir, onLine }: DemoOptions): Promise<void> {
  const secrets = keptSecrets(dir);
  const { demo } = secrets;
  const api = await signIn(origin, demo.password);
  await ensureSources(api, demo.sources);
  const { port, ...destination } = await ensureDestination(api, origin, demo.destination);
  demo.destination = destination;
  saveSecrets(dir, secrets);

  const arrivals = new Map<string, PromiseWithResolvers<Delivery>>();
  const arrivalOf = (id: string): PromiseWithResolvers<Delivery> => {
    const arrival = arrivals.get(id) ?? Promise.withResolvers<Delivery>();
    arrivals.set(id, arrival);
    return arrival;
  };
  let take = (delivery: Delivery): void => arrivalOf(delivery.id).resolve(delivery);
  await openInbox(port, destination.secret, (delivery) => take(delivery));

  for (const sender of demoSenders) {
    onLine(
      await demonstrate(
        sender,
        demo.sources[sender.serviceName] ?? "",
        origin,
        (id) => arrivalOf(id).promise,
      ),
    );
  }
  take = (delivery) => onLine(`${delivery.id} delivered, ${verdictOn(delivery)}`);
  for (const line of await whereThingsAre(origin, demo)) onLine(line);
}

async function signIn(origin: string, password: string): Promise<CondoClient> {
  const tenant = {
    name: "Acme",
    slug,
    admin_email: email,
    admin_password: password,
    admin_first_name: "Ada",
    admin_last_name: "Acme",
  };
  const api = createClient({ url: origin, as: { email, password, tenant: slug } });
  await createClient({ url: origin }).post("/api/v1/auth/register", { body: tenant }).catch(unless(409));
  await api.get("/api/v1/auth/me").catch((error: unknown) => {
    unless(401)(error);
    throw new SetupProblem(
      `the database has a tenant ${slug} with another password than .condo/secrets.json: start with --no-demo, or on another database`,
    );
  });
  return api;
}

/** Passes over a refusal of one status. */
function unless(status: number): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof ApiProblem) || error.status !== status) throw error;
  };
}

/** Makes the sources that are missing, and anew those whose secret is not known here. */
async function ensureSources(api: CondoClient, kept: Record<string, string>): Promise<void> {
  const sources = await Array.fromAsync(api.list("/api/v1/webhook-sources"));
  for (const { serviceName, provider, makeSecret } of demoSenders) {
    const existing = sources.find((source) => source.service_name === serviceName);
    if (existing && kept[serviceName] !== undefined) continue;
    if (existing)
      await api.delete("/api/v1/webhook-sources/{source_id}", {
        params: { path: { source_id: existing.id } },
      });
    const secret = (kept[serviceName] ??= makeSecret());
    await api.post("/api/v1/webhook-sources", { body: { service_name: serviceName, provider, secret } });
  }
}

/** Makes the destination, or points the one that is there at a port that is free. */
async function ensureDestination(
  api: CondoClient,
  origin: string,
  kept: KeptDestination | undefined,
): Promise<KeptDestination & { port: number }> {
  const destinations = await Array.fromAsync(api.list("/api/v1/webhook-destinations"));
  const existing = destinations.find(({ id }) => id === kept?.id);
  const wanted = existing ? portOf(existing.url ?? origin) : portOf(origin) + inboxPortAfterGateway;
  const port = (await isPortFree(wanted)) ? wanted : await freePort();
  const url = `http://127.0.0.1:${port}/`;
  if (existing && kept) {
    if (existing.url !== url) {
      const params = { path: { destination_id: existing.id } };
      await api.put("/api/v1/webhook-destinations/{destination_id}", { params, body: { url } });
    }
    return { ...kept, port };
  }
  for (const { id, name } of destinations) {
    if (name !== destinationName) continue;
    await api.delete("/api/v1/webhook-destinations/{destination_id}", {
      params: { path: { destination_id: id } },
    });
  }
  const settings = { name: destinationName, url, event_types: ["*"] };
  const { id, secret } = await api.post("/api/v1/webhook-destinations", { body: settings });
  return { id, secret, port };
}

/** Sends one webhook; the line that says how it went. */
async function demonstrate(
  { serviceName, compose }: DemoSender,
  secret: string,
  origin: string,
  arrivalOf: (id: string) => Promise<Delivery>,
): Promise<string> {
  const { headers, body } = await compose(secret);
  const start = performance.now();
  const answer = await fetch(`${origin}/api/v1/webhooks/${serviceName}`, {
    method: "POST",
    headers: { ...headers, "x-tenant-id": slug },
    body,
  });
  const text = await answer.text();
  const acceptedMs = Math.round(performance.now() - start);
  const name = serviceName.padEnd(8);
  if (answer.status !== 202) return `${name} not accepted: ${answer.status} ${text.slice(0, 500)}`;

  const { id } = JSON.parse(text) as { id: string };
  const { promise: limit, resolve: giveUp } = Promise.withResolvers<undefined>();
  const timer = setTimeout(giveUp, deliveryLimitMs, undefined);
  const delivery = await Promise.race([arrivalOf(id), limit]);
  clearTimeout(timer);
  if (!delivery) {
    return `${name} accepted in ${acceptedMs} ms, not delivered within ${deliveryLimitMs / 1000} s: see .condo/logs/worker.log`;
  }
  const deliveredMs = Math.round(delivery.at - start);
  return `${name} accepted in ${acceptedMs} ms, delivered in ${deliveredMs} ms, ${verdictOn(delivery)}`;
}

function verdictOn(delivery: Delivery): string {
  return delivery.isVerified ? "signature verified" : "signature WRONG";
}

async function whereThingsAre(origin: string, demo: DemoSecrets): Promise<string[]> {
  const body = JSON.stringify({ zen: "Keep it logically awesome.", hook_id: 1 });
  const { headers } = await githubWebhook(demo.sources["github"] ?? "", "ping", body);
  const flags = Object.entries({ ...headers, "x-tenant-id": slug }).map(
    ([name, value]) => `-H '${name}: ${value}'`,
  );
  return [
    "",
    `origin         ${origin}  (the demo tenant: ${origin.replace("//", `//${slug}.`)})`,
    `API reference  ${origin}/docs`,
    `credentials    ${email}  ${demo.password}  (tenant ${slug})`,
    "a webhook      copy this; its delivery shows here:",
    "",
    `curl ${flags.join(" ")} -d '${body}' ${origin}/api/v1/webhooks/github`,
    "",
  ];
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
