import { freePort, isPortFree } from "@condo/engines";
import { type ApiClient, createApiClient } from "./api-client.ts";
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

interface Source {
  id: string;
  service_name: string;
}

interface Destination {
  id: string;
  name: string;
  url: string;
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

async function signIn(origin: string, password: string): Promise<ApiClient> {
  const visitor = createApiClient(origin);
  const tenant = {
    name: "Acme",
    slug,
    admin_email: email,
    admin_password: password,
    admin_first_name: "Ada",
    admin_last_name: "Acme",
  };
  await visitor.call("POST", "/auth/register", tenant, [409]);
  const credentials = { email, password, tenant_slug: slug };
  const { status, body } = await visitor.call<{ access_token: string }>(
    "POST",
    "/auth/login",
    credentials,
    [401],
  );
  if (status === 401) {
    throw new SetupProblem(
      `the database has a tenant ${slug} with another password than .condo/secrets.json: start with --no-demo, or on another database`,
    );
  }
  return createApiClient(origin, body.access_token);
}

/** Makes the sources that are missing, and anew those whose secret is not known here. */
async function ensureSources(api: ApiClient, kept: Record<string, string>): Promise<void> {
  const sources = await api.list<Source>("/webhook-sources");
  for (const { serviceName, provider, makeSecret } of demoSenders) {
    const existing = sources.find((source) => source.service_name === serviceName);
    if (existing && kept[serviceName] !== undefined) continue;
    if (existing) await api.call("DELETE", `/webhook-sources/${existing.id}`);
    const secret = (kept[serviceName] ??= makeSecret());
    await api.call("POST", "/webhook-sources", { service_name: serviceName, provider, secret });
  }
}

/** Makes the destination, or points the one that is there at a port that is free. */
async function ensureDestination(
  api: ApiClient,
  origin: string,
  kept: KeptDestination | undefined,
): Promise<KeptDestination & { port: number }> {
  const destinations = await api.list<Destination>("/webhook-destinations");
  const existing = destinations.find(({ id }) => id === kept?.id);
  const wanted = existing ? portOf(existing.url) : portOf(origin) + inboxPortAfterGateway;
  const port = (await isPortFree(wanted)) ? wanted : await freePort();
  const url = `http://127.0.0.1:${port}/`;
  if (existing && kept) {
    if (existing.url !== url) await api.call("PUT", `/webhook-destinations/${existing.id}`, { url });
    return { ...kept, port };
  }
  for (const { id, name } of destinations) {
    if (name === destinationName) await api.call("DELETE", `/webhook-destinations/${id}`);
  }
  const settings = { name: destinationName, url, event_types: ["*"] };
  const { body } = await api.call<KeptDestination>("POST", "/webhook-destinations", settings);
  return { id: body.id, secret: body.secret, port };
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
