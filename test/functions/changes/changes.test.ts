import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { AssociationState, Identity } from '../../../functions/association.ts';
import { changeOf, EventMalformed } from '../../../functions/changes/index.ts';
import { fixture, fixtures } from '../../events/fixtures.ts';
import { mutated } from './mutated.ts';

const VECTORS = path.resolve(import.meta.dirname, '../../../../shared/vectors/cloudtrail.jsonl');

/** What `changeOf` gives, or its named error: anything else that it throws fails the test. */
const outcomeOf = (event: unknown) => {
  try {
    return changeOf(event);
  } catch (error) {
    if (error instanceof EventMalformed) return { kind: 'Malformed' as const, field: error.field };
    throw error;
  }
};

const Role = z.strictObject({ account: z.string().regex(/^\d{12}$/), name: z.string().regex(/^[\w+=,.@-]{1,64}$/) });
const Cluster = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string(),
  cluster: z.string().regex(/^[0-9A-Za-z][\w-]{0,99}$/),
});
const endOf = ({ account, name }: z.infer<typeof Role>) =>
  new RegExp(`^arn:[^:]+:iam::${account}:role/(.+/)?${name.replaceAll(/[+.]/g, '\\$&')}$`, 's');

describe('an event', () => {
  it('that is mutated anywhere is still read, refused by name, or no change; and what is read is well formed', () => {
    const seen = { read: 0, refused: 0, none: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...fixtures).chain(({ event }) => mutated(event)),
        (event) => {
          const outcome = outcomeOf(event);
          if (outcome.kind === 'NoChange') seen.none += 1;
          else if (outcome.kind === 'Malformed') seen.refused += 1;
          else {
            seen.read += 1;
            if ('state' in outcome && outcome.state !== undefined) AssociationState.parse(outcome.state);
            if ('identity' in outcome && outcome.identity !== undefined) Identity.parse(outcome.identity);
            if ('role' in outcome) Role.parse(outcome.role);
            if ('roleArn' in outcome) expect(outcome.roleArn).toMatch(endOf(outcome.role));
            if ('cluster' in outcome) Cluster.parse(outcome.cluster);
            if ('addOn' in outcome) expect(outcome.addOn).toMatch(/^[0-9A-Za-z][\w.-]{0,127}$/);
            if ('principalArn' in outcome) expect(outcome.principalArn).toMatch(/^arn:[^:\s]+:iam::\d{12}:[!-~]+$/);
            expect(new Date(outcome.at).toISOString()).toBe(outcome.at);
            expect(JSON.parse(JSON.stringify(outcome))).toEqual(outcome);
          }
        },
      ),
      { numRuns: 4000 },
    );
    // All three happen, or the mutations would prove nothing.
    expect(Math.min(seen.read, seen.refused, seen.none)).toBeGreaterThan(20);
  });

  it.each([undefined, null, 1, '', 'text', true, [], [{}], {}, { detail: null }, { detail: [] }, Number.NaN])(
    'that is %j is refused',
    (event) => {
      expect(() => changeOf(event)).toThrow(EventMalformed);
    },
  );

  it('cannot reach the prototype of anything', () => {
    const event = JSON.parse(
      JSON.stringify(fixture('association-deleted')).replace(
        '"requestParameters":{',
        '"requestParameters":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
      ),
    );
    expect(changeOf(event).kind).toBe('AssociationDeleted');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each(['constructor', '__proto__', 'toString'])('named %s is no kind that we know', (eventName) => {
    const event = {
      source: 'aws.eks',
      'detail-type': 'AWS API Call via CloudTrail',
      detail: { eventName, eventSource: 'eks.amazonaws.com' },
    };
    expect(changeOf(event)).toMatchObject({ kind: 'NoChange', because: expect.stringContaining(eventName) });
  });

  it('larger than EventBridge delivers is refused', () => {
    const event = { ...Object(fixture('association-deleted')), padding: 'x'.repeat(256 * 1024) };
    expect(() => changeOf(event)).toThrow(/256 KB/);
  });

  it('that cannot be JSON is refused', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    expect(() => changeOf(circle)).toThrow(EventMalformed);
    expect(() => changeOf({ id: 1n })).toThrow(EventMalformed);
  });
});

describe("of EKS's calls on clusters", () => {
  const told = (name: string, requestParameters: object | null, responseElements: object | null): unknown => {
    const { detail, ...envelope }: { detail?: object } = Object(fixture(name));
    return { ...envelope, detail: { ...detail, requestParameters, responseElements } };
  };
  const cluster = (name: string) => ({ cluster: { cluster: name } });
  const addon = (fields: object) => ({ addon: { addonName: 'vpc-cni', ...fields } });

  it.each<[string, string, object | null, object | null, object]>([
    ['the response says', 'add-on-created', { name: 'asked' }, addon({ clusterName: 'told' }), cluster('told')],
    ['an add-on has no `name`', 'add-on-created', { name: 'asked' }, addon({ name: 'vpc-cni' }), cluster('asked')],
    ['the response names the add-on', 'add-on-created', { name: 'c', addonName: 'a' }, addon({}), { addOn: 'vpc-cni' }],
    ['`name` in the response', 'cluster-deleted', null, { cluster: { name: 'told' } }, cluster('told')],
    ['`clusterName` in the response', 'cluster-deleted', null, { cluster: { clusterName: 'told' } }, cluster('told')],
    ['nulls say nothing', 'cluster-deleted', { name: 'c' }, { cluster: { name: null, arn: null } }, cluster('c')],
    ['an update says nothing', 'cluster-config-changed', { name: 'c' }, { update: { name: 'u' } }, cluster('c')],
  ])('%s: %s', (_, name, request, response, follows) => {
    expect(changeOf(told(name, request, response))).toMatchObject(follows);
  });
});

const described = existsSync(VECTORS) ? describe : describe.skip;
described('published records', () => {
  const records = existsSync(VECTORS)
    ? readFileSync(VECTORS, 'utf8')
        .trim()
        .split('\n')
        .map((line): { id: string; origin: string; event: unknown } => JSON.parse(line))
    : [];

  const kindsOf = (retyped: boolean): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const record of records.filter(({ origin }) => (origin === 'vendor-sample') === retyped)) {
      const outcome = outcomeOf(record.event);
      const kind = outcome.kind === 'Malformed' ? outcome.field : outcome.kind;
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  };

  it('are all read, if CloudTrail wrote them', () => {
    expect(kindsOf(false)).toEqual({
      NoChange: 28,
      AccessEntryChanged: 2,
      ManagedPolicyChanged: 2,
      RoleCreated: 6,
      RoleDeleted: 4,
      RolePolicyChanged: 16,
      RoleTrustChanged: 3,
    });
  });

  it("are refused for what they lack, if they are a vendor's retyped samples", () => {
    expect(kindsOf(true)).toEqual({
      NoChange: 8,
      RoleCreated: 1,
      RolePolicyChanged: 3,
      'detail.requestParameters.roleName': 3,
    });
  });

  it('tell the trust of a role that was made: from the request, and from the response without one', () => {
    const answered = records.flatMap(({ event }) => {
      const { detail, ...envelope } = Event.parse(event);
      const { eventName, requestParameters, responseElements } = detail;
      if (eventName !== 'CreateRole' || !responseElements) return [];
      const { assumeRolePolicyDocument: trust, ...request } = { ...requestParameters };
      return [{ event, trust, bare: { ...envelope, detail: { ...detail, requestParameters: request } } }];
    });
    expect(answered.length).toBeGreaterThan(3);
    for (const { event, trust, bare } of answered) {
      const roleArn = expect.stringContaining(':role/');
      expect(changeOf(event)).toMatchObject({ kind: 'RoleCreated', trust, roleArn });
      expect(changeOf(bare)).toEqual(changeOf(event));
    }
  });

  it('tell whose access entry it is, with the principal in the path or in the body', () => {
    const entries = records.flatMap(({ event }) => {
      const outcome = outcomeOf(event);
      return outcome.kind === 'AccessEntryChanged' ? [outcome] : [];
    });
    const principalArn = 'arn:aws:iam::012345678901:role/stratus-red-team-eks-create-access-entry-role';
    expect(entries).toMatchObject(
      ['created', 'policy-associated'].map((did) => ({ did, cluster: { cluster: 'eks-cluster' }, principalArn })),
    );
  });

  it('read as if they were ours, tell who and when; one retyped time without its T and zone is refused', () => {
    const refused = records.flatMap(({ event }) => {
      const outcome = outcomeOf(asDeletion(event));
      if (outcome.kind === 'Malformed') return [outcome.field];
      expect(outcome).toMatchObject({ kind: 'AssociationDeleted', actor: { type: expect.any(String) } });
      return [];
    });
    expect(refused).toEqual(['detail.eventTime']);
  });
});

const Fields = z.record(z.string(), z.unknown());
const Event = z.looseObject({
  detail: z.looseObject({
    eventName: z.string(),
    requestParameters: Fields.nullish(),
    responseElements: Fields.nullish(),
  }),
});

const asDeletion = (event: unknown): unknown => {
  const { detail, ...envelope }: { detail?: object } = Object(event);
  const changed = {
    eventName: 'DeletePodIdentityAssociation',
    eventSource: 'eks.amazonaws.com',
    requestParameters: { name: 'c', associationId: 'a-1' },
    responseElements: null,
    readOnly: false,
    errorCode: null,
  };
  return { ...envelope, account: '111122223333', region: 'eu-west-1', detail: { ...detail, ...changed } };
};
