import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { ScaledObject } from "@kubernetes-models/keda/keda.sh/v1alpha1";
import { Deployment } from "kubernetes-models/apps/v1";
import { HorizontalPodAutoscaler } from "kubernetes-models/autoscaling/v2";
import { Job } from "kubernetes-models/batch/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { Namespace, Service } from "kubernetes-models/v1";
import { parse, parseAllDocuments } from "yaml";
import { configOf, isKnown, serviceNames } from "./src/configs.ts";
import { root } from "./src/dockerfile.ts";
import { watchReading } from "./src/unread.ts";

const base = join(root, "infra/kubernetes/base");
const example = join(root, "infra/kubernetes/overlays/example");
const models = {
  Deployment,
  HorizontalPodAutoscaler,
  Job,
  Namespace,
  NetworkPolicy,
  PodDisruptionBudget,
  ScaledObject,
  Service,
};
const closeSeconds = 25;

type Manifest = any; // eslint-disable-line typescript/no-explicit-any

const kustomization = parse(readFileSync(join(base, "kustomization.yaml"), "utf8"));
const manifests: Manifest[] = (kustomization.resources as string[]).flatMap((file) =>
  parseAllDocuments(readFileSync(join(base, file), "utf8")).map((document) => document.toJS()),
);
const settings = Object.fromEntries(
  readFileSync(join(base, "settings.env"), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
) as Record<string, string>;

function find(kind: string, name: string): Manifest {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name === name);
  assert.ok(found, `there is no ${kind} ${name}`);
  return found;
}

/** What is wrong with a manifest by the schemas of Kubernetes and KEDA; misspelt fields among it. */
function faultsOf(manifest: Manifest): string[] {
  const Model = models[manifest.kind as keyof typeof models];
  assert.ok(Model, `no schema for ${manifest.kind}`);
  const { watched, unread } = watchReading(manifest as object);
  try {
    Model.prototype.validate.call(watched as never);
  } catch (error) {
    return [(error as Error).message];
  }
  return unread().map((path) => `${path} is not known`);
}

suite("the Kubernetes manifests", () => {
  test("fit the published schemas, with no field that those do not know", () => {
    for (const manifest of manifests) {
      assert.deepEqual(faultsOf(manifest), [], `${manifest.kind} ${manifest.metadata.name}`);
    }
    const misspelt = structuredClone(find("Deployment", "worker"));
    misspelt.spec.template.spec.containers[0].readinessProb = {};
    assert.deepEqual(faultsOf(misspelt), [".spec.template.spec.containers.0.readinessProb is not known"]);
    const wrong = structuredClone(find("Service", "gateway"));
    wrong.spec.ports[0].port = "80";
    assert.notDeepEqual(faultsOf(wrong), []);
  });

  test("are all part of the base, and every file that an overlay names is there", () => {
    const files = readdirSync(base).filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml");
    assert.deepEqual(new Set(files), new Set(kustomization.resources));
    const overlay = parse(readFileSync(join(example, "kustomization.yaml"), "utf8"));
    const named: string[] = overlay.configMapGenerator[0].files;
    for (const file of named) readFileSync(join(example, file));
    const included = globSync("infra/gateway/*.conf", { cwd: root }).map((file) =>
      file.split(/[/\\]/).at(-1),
    );
    assert.deepEqual(
      new Set(named.map((file) => file.split("/").at(-1))),
      new Set(included.filter((file) => file !== "behind-a-balancer.conf")),
    );
    const images: string[] = overlay.images.map((image: { name: string }) => image.name);
    const used = manifests.flatMap((each) => each.spec?.template?.spec?.containers ?? []);
    assert.deepEqual(new Set(used.map(({ image }) => image)), new Set(images));
  });

  test("let nobody be root, write to an image, or gain rights", () => {
    for (const { metadata, spec } of manifests.filter(({ kind }) => ["Deployment", "Job"].includes(kind))) {
      const { securityContext, containers, automountServiceAccountToken } = spec.template.spec;
      assert.equal(automountServiceAccountToken, false, metadata.name);
      assert.equal(securityContext.runAsNonRoot, true, metadata.name);
      for (const container of containers) {
        const { readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities } = container.securityContext;
        assert.deepEqual(
          { readOnlyRootFilesystem, allowPrivilegeEscalation, capabilities },
          { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          metadata.name,
        );
        assert.ok(container.resources.limits.memory, metadata.name);
      }
    }
  });

  for (const name of serviceNames) {
    test(`${name} starts with what it is given, is probed, drained, spread and scaled`, () => {
      const { spec } = find("Deployment", name);
      const { containers, terminationGracePeriodSeconds, topologySpreadConstraints } = spec.template.spec;
      const [container] = containers;
      const secrets = Object.fromEntries(
        container.env.map((variable: Manifest) => {
          assert.ok(variable.valueFrom.secretKeyRef, `${variable.name} is no reference`);
          return [variable.name, samples[variable.name as keyof typeof samples]];
        }),
      );
      const config = configOf(name, { ...settings, ...secrets });
      const ports = Object.fromEntries(
        container.ports.map((port: Manifest) => [port.name, port.containerPort]),
      );
      assert.equal(ports.http, config["PORT"]);
      assert.equal(find("Service", name).spec.ports[0].port, config["PORT"]);
      assert.equal(spec.template.metadata.annotations["prometheus.io/port"], String(ports.metrics));
      const drainSeconds = Number(config["DRAIN_DELAY_MS"]) / 1000;
      assert.ok(terminationGracePeriodSeconds > drainSeconds + closeSeconds);
      const { periodSeconds, failureThreshold } = container.readinessProbe;
      assert.ok(
        periodSeconds * failureThreshold < drainSeconds,
        "it closes before it is known not to be ready",
      );
      assert.equal(container.readinessProbe.httpGet.path, "/health/ready");
      assert.equal(container.livenessProbe.httpGet.path, "/health/live");
      assert.equal(topologySpreadConstraints.length, 2);
      find("PodDisruptionBudget", name);
      find(name === "worker" ? "ScaledObject" : "HorizontalPodAutoscaler", name);
    });
  }

  test("leave the number of what is scaled to what scales it: one here would undo that at each apply", () => {
    const scaled = manifests.filter(({ kind }) => ["HorizontalPodAutoscaler", "ScaledObject"].includes(kind));
    assert.ok(scaled.length > serviceNames.length);
    for (const { spec } of scaled) {
      const { name } = spec.scaleTargetRef;
      assert.equal(find("Deployment", name).spec.replicas, undefined, name);
    }
  });

  const kustomize = [
    ["kubectl", "kustomize"],
    ["kustomize", "build"],
  ].find(([program = ""]) => spawnSync(program, ["version", "--client"]).error === undefined);

  test("are built by kustomize", { skip: kustomize ? false : "needs kubectl or kustomize" }, () => {
    const [program = "", command = ""] = kustomize ?? [];
    const args = [command, "--load-restrictor", "LoadRestrictionsNone", example];
    const built = parseAllDocuments(execFileSync(program, args, { encoding: "utf8" })).map((each) =>
      each.toJS(),
    );
    const mapped = built.filter(({ kind }) => kind === "ConfigMap");
    assert.equal(built.length, manifests.length + mapped.length);
    assert.equal(mapped.length, 2, "settings, and the gateway's files");
    for (const manifest of built) {
      if (manifest.kind !== "ConfigMap") assert.deepEqual(faultsOf(manifest), [], manifest.metadata.name);
      if (manifest.kind !== "Namespace") assert.equal(manifest.metadata.namespace, "condo");
    }
    const images = built
      .flatMap(({ spec }) => spec?.template?.spec.containers ?? [])
      .map(({ image }) => image);
    assert.ok(images.length >= 6);
    for (const image of images) assert.match(image, /:[\w.-]+$/, "each has a tag");
  });

  test("set no variable that nobody reads", () => {
    assert.deepEqual(
      Object.keys(settings).filter((name) => !isKnown(name)),
      [],
    );
  });

  test("scale the worker by a metric that a service tells", () => {
    const [{ metadata }] = find("ScaledObject", "worker").spec.triggers;
    const [metric = ""] = /condo_\w+/.exec(metadata.query) ?? [];
    const found = execFileSync("grep", ["-rlw", metric, "services", "packages"], {
      cwd: root,
      encoding: "utf8",
    });
    assert.match(found, /^services\/[\w-]+\/src\//m);
  });
});

const samples = {
  DATABASE_URL: "postgres://role:7rXwPq29LmZs@postgres/condo",
  REDIS_URL: "redis://:Jq83nvT5xYbe@redis:6379",
  CONDO_MASTER_KEY: randomBytes(32).toString("base64"),
  SMTP_URL: "smtp://mail.example:587",
};
