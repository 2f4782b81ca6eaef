/**
 * Random strategic merge patches of deployments, and what the real kube-apiserver v1.34.2 made of them (captured; one
 * line a case in strategic-patches.json). Here they go through the whole of an update: merge, schema, defaults, validation.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { asJson, type JsonObject } from '../../../local/kubernetes/json.ts';
import { kindOf } from '../../../local/kubernetes/kinds.ts';
import { type KubeObject, typed } from '../../../local/kubernetes/objects.ts';
import { patched, STRATEGIC } from '../../../local/kubernetes/patch/index.ts';
import { makeRegistry } from '../../../local/kubernetes/registry.ts';
import { makeStore } from '../../../local/kubernetes/store.ts';

type Case = {
  original: { metadata: JsonObject; spec: JsonObject & { template: JsonObject } };
  patch: JsonObject;
  expected: JsonObject;
};
const cases: Case[] = JSON.parse(readFileSync(new URL('./strategic-patches.json', import.meta.url), 'utf8'));
const kind = kindOf('deployments');

/** What the vectors keep of the result. */
const seen = (object: KubeObject): object => {
  const deployment = typed('deployments', object);
  const { template, strategy } = deployment.spec;
  return {
    finalizers: object.metadata.finalizers,
    annotations: template.metadata?.annotations,
    strategy,
    containers: template.spec.containers.map((container) => {
      const { name, image, env, args } = asJson(container);
      return { name, image, env, args };
    }),
    tolerations: template.spec.tolerations,
    volumes: template.spec.volumes?.map((volume) => `${Object.keys(volume).sort().join(' ')} ${volume.name}`),
  };
};

it.each(cases.map((each, index) => ({ ...each, index })))('case $index', ({ original, patch, expected }) => {
  const registry = makeRegistry(makeStore(), {
    region: 'eu-west-1',
    association: () => undefined,
    now: () => new Date(0),
  });
  registry.create(kindOf('namespaces'), undefined, { metadata: { name: 'shop' } });
  const { object } = registry.create(kind, 'shop', {
    metadata: { ...original.metadata, name: 'd' },
    spec: {
      ...original.spec,
      selector: { matchLabels: { app: 'd' } },
      template: {
        ...original.spec.template,
        metadata: { ...asJson(original.spec.template.metadata), labels: { app: 'd' } },
      },
    },
  });
  const body = patched(kind, asJson(object), patch, STRATEGIC);
  expect(seen(registry.update(kind, 'shop', 'd', body).object)).toEqual(expected);
});
