/** What counts as our set-up in a cluster, and what only looks like it. */
import { describe, expect, test } from '@jest/globals';
import type { V1ValidatingAdmissionPolicyBindingSpec, V1ValidatingAdmissionPolicySpec } from '@kubernetes/client-node';
import { type SetupSeen, setupLines, specDigest } from '../../../functions/kubernetes/setup-lines.ts';
import { setupObjects } from '../setup-objects.ts';

type Objects = ReturnType<typeof setupObjects>;
const present = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('infra/kubernetes lacks it');
  return value;
};
/** What is left of the lines by their first words, after a change. */
const left = (change: (objects: Objects) => Partial<SetupSeen> | undefined) => {
  const objects = setupObjects();
  const lines = setupLines({ ...objects, ...change(objects) });
  const of = (group: string, more = '') => lines.filter((line) => line.startsWith(`${group} ${more}`)).length;
  return { observe: of('podid-observe'), restart: of('podid-restart'), policy: of('podid-restart-only') };
};
const bindingOf = ({ bindings }: Objects, name: string) =>
  present(bindings.find(({ metadata }) => metadata?.name === name));
const SOME = { matchLabels: { a: 'b' } };
const whole = left(() => undefined);

test('as it is deployed', () => {
  expect(whole).toEqual({ observe: 24, restart: 29, policy: 1 });
});

describe('a line needs its role, and its binding, with the right role and group', () => {
  test.each<[what: string, change: (objects: Objects) => Partial<SetupSeen> | undefined, expected: object]>([
    [
      'nothing',
      () => ({ roles: [], bindings: [], policy: undefined, policyBinding: undefined }),
      { observe: 0, restart: 0, policy: 0 },
    ],
    ['no roles', () => ({ roles: [] }), { observe: 0, restart: 0, policy: 1 }],
    ['no bindings', () => ({ bindings: [] }), { observe: 0, restart: 0, policy: 1 }],
    [
      'no binding of podid-observe',
      (objects) => ({ bindings: [bindingOf(objects, 'podid-restart')] }),
      { observe: 0, restart: 5, policy: 1 },
    ],
    [
      'another role behind the binding',
      (objects) => {
        bindingOf(objects, 'podid-restart').roleRef.name = 'view';
        return undefined;
      },
      { observe: 24, restart: 24, policy: 1 },
    ],
    [
      'a Role behind the binding',
      (objects) => {
        bindingOf(objects, 'podid-restart').roleRef.kind = 'Role';
        return undefined;
      },
      { observe: 24, restart: 24, policy: 1 },
    ],
    [
      'a user of the group’s name',
      (objects) => {
        for (const subject of bindingOf(objects, 'podid-restart').subjects ?? []) subject.kind = 'User';
        return undefined;
      },
      { observe: 24, restart: 24, policy: 1 },
    ],
    [
      'no subjects',
      (objects) => {
        delete bindingOf(objects, 'podid-observe').subjects;
        return undefined;
      },
      { observe: 0, restart: 5, policy: 1 },
    ],
    [
      'one subject less',
      (objects) => {
        bindingOf(objects, 'podid-observe').subjects?.pop();
        return undefined;
      },
      { observe: 24, restart: 5, policy: 1 },
    ],
    [
      'a rule less',
      ({ roles }) => {
        roles[0]?.rules?.shift();
        return undefined;
      },
      { observe: 18, restart: 23, policy: 1 },
    ],
    [
      'a stranger beside our groups is none of ours',
      (objects) => {
        bindingOf(objects, 'podid-observe').subjects?.push({ kind: 'Group', name: 'everybody' });
        return undefined;
      },
      whole,
    ],
    [
      'a rule about a path has no line',
      ({ roles }) => {
        roles[0]?.rules?.push({ verbs: ['get'], nonResourceURLs: ['/healthz'] });
        return undefined;
      },
      whole,
    ],
  ])('%s', (_what, change, expected) => {
    expect(left(change)).toEqual(expected);
  });
});

test('a role that says a great deal fills no more than the hub can keep, and not in the place of the policy', () => {
  const resources = Array.from({ length: 10_000 }, (_, index) => `r${index}`);
  const { observe, restart, policy } = left(({ roles }) => {
    roles[0]?.rules?.unshift({ apiGroups: [''], resources, verbs: ['get'] });
    return undefined;
  });
  expect([observe + restart + policy, policy]).toEqual([500, 1]);
});

describe('the admission policy', () => {
  const digest = (change: (spec: V1ValidatingAdmissionPolicySpec) => void): string => {
    const spec = present(present(setupObjects().policy).spec);
    change(spec);
    return specDigest(spec);
  };
  const deployed = digest(() => undefined);
  const FILLED_IN = { matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };

  test('is the same with what the API server fills in', () => {
    const filled = digest((spec) => {
      const resourceRules = spec.matchConstraints?.resourceRules?.map((rule) => ({ scope: '*', ...rule })) ?? [];
      spec.matchConstraints = { ...FILLED_IN, resourceRules };
      delete spec.failurePolicy;
      // As Go's YAML folds lines.
      for (const validation of spec.validations ?? [])
        validation.expression = validation.expression.replaceAll('\n', '\n\n');
    });
    expect(filled).toBe(deployed);
    expect(deployed).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[what: string, change: (spec: V1ValidatingAdmissionPolicySpec) => unknown]>([
    ['lets through what it fails at', (spec) => Object.assign(spec, { failurePolicy: 'Ignore' })],
    ['lacks a validation', (spec) => spec.validations?.pop()],
    ['lets everything through', (spec) => Object.assign(present(spec.validations?.[0]), { expression: 'true' })],
    ['is about fewer requests', (spec) => spec.matchConditions?.push({ name: 'none', expression: 'false' })],
    ['is about other groups', (spec) => Object.assign(present(spec.matchConditions?.[0]), { expression: 'false' })],
    ['leaves some objects out', (spec) => Object.assign(present(spec.matchConstraints), { objectSelector: SOME })],
    [
      'leaves some resources out',
      (spec) => Object.assign(present(spec.matchConstraints), { excludeResourceRules: [{}] }),
    ],
    ['computes its variables in another order', (spec) => spec.variables?.reverse()],
  ])('is another one when it %s', (_what, change) => {
    expect(digest(change)).not.toBe(deployed);
  });

  test.each<[what: string, change: Partial<V1ValidatingAdmissionPolicyBindingSpec>, policy: number]>([
    ['only warns', { validationActions: ['Warn', 'Audit'] }, 0],
    ['is of another policy', { policyName: 'other' }, 0],
    ['holds in some namespaces', { matchResources: { namespaceSelector: SOME } }, 0],
    ['needs a parameter', { paramRef: { name: 'x' } }, 0],
    ['only denies', { validationActions: ['Deny'] }, 1],
    ['holds everywhere, with what the API server fills in', { matchResources: FILLED_IN }, 1],
  ])('counts as its binding says, which %s', (_what, change, policy) => {
    const changed = left(({ policyBinding }) => {
      Object.assign(present(present(policyBinding).spec), change);
      return undefined;
    });
    expect(changed).toEqual({ ...whole, policy });
  });

  test('is nothing without its binding, which is nothing without it', () => {
    expect(left(() => ({ policyBinding: undefined }))).toEqual({ ...whole, policy: 0 });
    expect(left(() => ({ policy: undefined }))).toEqual({ ...whole, policy: 0 });
  });
});
