import { describe, expect, it } from '@jest/globals';
import { conform } from '../../../local/kubernetes/conform.ts';
import type { JsonObject } from '../../../local/kubernetes/json.ts';

const DEPLOYMENT = { group: 'apps', version: 'v1', kind: 'Deployment' };
const body = (spec: JsonObject): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec,
});

describe('unknown fields', () => {
  const given = body({ replicaz: 1, template: { spec: { containers: [{ name: 'a', imagee: 'x' }] } } });
  it('are errors when strict, named as Kubernetes names them', () => {
    expect(() => conform(DEPLOYMENT, given, 'Strict')).toThrow(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.replicaz", unknown field "spec.template.spec.containers[0].imagee"',
    );
  });
  it('are warnings by default, and dropped', () => {
    const { object, warnings } = conform(DEPLOYMENT, given, 'Warn');
    expect(warnings).toEqual([
      'unknown field "spec.replicaz"',
      'unknown field "spec.template.spec.containers[0].imagee"',
    ]);
    expect(object).toEqual(body({ template: { spec: { containers: [{ name: 'a' }] } } }));
  });
  it('are dropped in silence when ignored, as are nulls', () => {
    expect(conform(DEPLOYMENT, body({ paused: null, nope: 1 }), 'Ignore')).toEqual({ object: body({}), warnings: [] });
  });
});

describe('wrong types', () => {
  it.each<[JsonObject, string]>([
    [{ replicas: 'x' }, 'cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [{ paused: 1 }, 'cannot unmarshal number into Go struct field DeploymentSpec.spec.paused of type bool'],
    [
      { template: { spec: { containers: {} } } },
      'cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
  ])('%j', (spec, message) => expect(() => conform(DEPLOYMENT, body(spec), 'Ignore')).toThrow(message));

  it('lets numbers and percentages pass where either may stand, and any field of a label map', () => {
    const given = body({
      strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: 1 } },
      selector: { matchLabels: { anything: 'goes' } },
    });
    expect(conform(DEPLOYMENT, given, 'Strict').object).toEqual(given);
  });
});

it('returns a copy', () => {
  const given = body({ selector: { matchLabels: { a: 'b' } } });
  const { object } = conform(DEPLOYMENT, given, 'Strict');
  expect(object).toEqual(given);
  expect(object.spec).not.toBe(given.spec);
});
