/** From grants, denies, baselines and intents to what an object should be; and that what was made by them is no drift. */
import { describe, expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import type { Actual, Desired, ObjectRef } from '../../../../functions/drift/contract.ts';
import { desiredOf, detect, type Known } from '../../../../functions/drift/detect/index.ts';
import {
  actualOf,
  canonicalPolicy,
  facetsOfAssociation,
  facetsOfRole,
  policyDigest,
} from '../../../../functions/drift/facets/index.ts';
import { type Grant, type ResolvedRole, resolve, type SeenRole } from '../../../../functions/grants/index.ts';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import type { DenyRow } from '../../../../functions/store/denies.ts';
import {
  active,
  allowed,
  ann,
  config,
  DATA,
  ID,
  NOW,
  nextId,
  nothing,
  PAYMENTS,
  requested,
  through,
  wishOf,
} from '../../grants/samples.ts';

const OTHER = 'g-00000000000000aa';
const SHARED = `arn:aws:iam::${PAYMENTS}:role/shared/reader`;
const API: WorkloadIdentity = {
  account: PAYMENTS,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const ASSOCIATION: ObjectRef = { object: 'association', identity: API };
const role = (roleArn: string): ObjectRef => ({ object: 'role', roleArn });

const known = (change: Partial<Known> = {}): Known => ({
  now: NOW,
  config,
  grants: [],
  denies: [],
  intents: [],
  ...change,
});
const wantedOf = (desired: Desired): Record<string, string | null> =>
  Object.fromEntries(desired.wanted.map(({ facet, value }) => [facet, value]));

/** What the grant makes, where nothing was. */
const madeBy = (grant: Grant) => {
  const [version] = grant.versions;
  if (version === undefined) throw new Error('no version');
  return resolve({ grantId: grant.id, version: 1, wish: version.wish, seen: nothing([]), grants: [], config });
};
const roleAsMade = ({ roleArn, trust, managedPolicyArns, inline, boundary, tags }: ResolvedRole): SeenRole => ({
  roleArn,
  present: true,
  trust: trust.text ?? '',
  managedPolicyArns: [...managedPolicyArns],
  inline,
  ...(boundary !== undefined && { boundary }),
  tags,
});
const readRole = (seen: SeenRole): Actual => actualOf(facetsOfRole({ seen, roleId: 'AROAX' }), NOW);
const told = (ref: ObjectRef, actual: Actual, all: Known): readonly string[] =>
  detect({ ref, now: NOW, actual, desired: desiredOf(ref, all), intents: [], changes: [] }, new Set()).map(
    ({ reason, subject }) => `${reason} ${subject}`,
  );

const grant = active();
const asMade = madeBy(grant);
const [source, target] = asMade.roles;
const [association] = asMade.associations;
if (source === undefined || target === undefined || association === undefined) throw new Error('nothing is made');

const associationAsMade = (change: object = {}): Actual => {
  const { roleArn, targetRoleArn = '', disableSessionTags, tags } = association;
  const state = {
    associationId: 'a-1',
    associationArn: 'arn:a',
    roleArn,
    targetRoleArn,
    disableSessionTags,
    ...change,
  };
  return actualOf(facetsOfAssociation({ state, tags }), NOW);
};
const nothingThere = actualOf({ facets: {}, unread: [] }, NOW);

describe('a grant in force', () => {
  test.each(asMade.roles.map((each) => [each.as, each] as const))(
    'its %s role as it was made is no drift',
    (_as, made) => {
      expect(told(role(made.roleArn), readRole(roleAsMade(made)), known({ grants: [grant] }))).toEqual([]);
    },
  );

  test('its association as it was made is no drift, and a missing one is', () => {
    expect(told(ASSOCIATION, associationAsMade(), known({ grants: [grant], id: 'a-1' }))).toEqual([]);
    expect(told(ASSOCIATION, nothingThere, known({ grants: [grant], id: 'a-1' }))).toEqual([
      'AssociationDeleted exists',
    ]);
    expect(told(ASSOCIATION, nothingThere, known({ grants: [grant] }))).toEqual(['GrantWithoutAssociation exists']);
  });

  test('a role that podid made is wanted in full', () => {
    const desired = desiredOf(role(target.roleArn), known({ grants: [grant] }));
    expect(desired.closed).toEqual(['inline', 'attached', 'tag']);
    expect(Object.keys(wantedOf(desired))).toEqual([
      'boundary',
      'exists',
      'inline:podid-inline',
      'tag:podid:grant',
      'tag:podid:team',
      'trust',
    ]);
    const more = { ...roleAsMade(target), managedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] };
    expect(told(role(target.roleArn), readRole(more), known({ grants: [grant] }))).toEqual([
      'PolicyAttached attached:arn:aws:iam::aws:policy/AdministratorAccess',
    ]);
  });

  test('an attached policy is wanted as it was when somebody approved it', () => {
    const arn = `arn:aws:iam::${PAYMENTS}:policy/orders`;
    const attached = active(wishOf({ source: { role: 'managed', permissions: { managedPolicyArns: [arn] } } }));
    const [made] = madeBy(attached).roles;
    if (made === undefined) throw new Error('nothing is made');
    const [then, now] = ['{"Statement":[]}', '{"Statement":[{}]}'];
    const all = known({ grants: [attached], approved: { [arn]: policyDigest(then) } });
    const read = (text: string) =>
      actualOf(facetsOfRole({ seen: roleAsMade(made), roleId: 'AROAX', documents: { [arn]: text } }), NOW);
    expect(told(role(made.roleArn), read(then), all)).toEqual([]);
    expect(told(role(made.roleArn), read(now), all)).toEqual([`PolicyVersionChanged version:${arn}`]);
  });

  test('nobody wants anything of what no grant names', () => {
    expect(desiredOf(role(`arn:aws:iam::${DATA}:role/else`), known({ grants: [grant] }))).toEqual({
      wanted: [],
      closed: [],
      conflicts: [],
    });
  });
});

describe('a grant in motion', () => {
  test('while it is provisioned its association may be there or not', () => {
    const provisioning = known({ grants: [through(requested(), [allowed()])] });
    expect(told(ASSOCIATION, associationAsMade(), provisioning)).toEqual([]);
    expect(told(ASSOCIATION, nothingThere, provisioning)).toEqual([]);
    expect(told(ASSOCIATION, associationAsMade({ roleArn: SHARED }), provisioning)).toEqual([]);
  });

  test('one that was only asked for makes nothing right', () => {
    expect(told(ASSOCIATION, associationAsMade(), known({ grants: [requested()] }))).toEqual([
      'AssociationOutsideGrant exists',
    ]);
  });

  test('while it is revoked its association and roles may be there or not', () => {
    const revoking = through(grant, [{ kind: 'revoke-asked', id: nextId(), by: ann, why: 'done' }]);
    expect(revoking.state).toBe('revoking');
    expect(told(ASSOCIATION, associationAsMade(), known({ grants: [revoking] }))).toEqual([]);
    expect(told(ASSOCIATION, nothingThere, known({ grants: [revoking] }))).toEqual([]);
    expect(told(role(source.roleArn), readRole(roleAsMade(source)), known({ grants: [revoking] }))).toEqual([]);
    const over: Grant = { ...revoking, state: 'revoked' };
    expect(
      told(
        ASSOCIATION,
        associationAsMade(),
        known({ grants: [{ ...over, inForce: undefined }].map(({ inForce: _, ...each }) => each) }),
      ),
    ).toEqual(['AssociationOutsideGrant exists']);
  });

  test('what an execution intends is in order, and no third thing', () => {
    const intends = (closedAt?: string) =>
      known({
        grants: [grant],
        id: 'a-1',
        intents: [
          { execution: 'x', facet: 'role', value: SHARED, at: NOW, requestIds: [], ...(closedAt && { closedAt }) },
        ],
      });
    expect(told(ASSOCIATION, associationAsMade({ roleArn: SHARED }), intends())).toEqual([]);
    expect(told(ASSOCIATION, associationAsMade({ roleArn: `${SHARED}2` }), intends())).toEqual([
      'AssociationRetargeted role',
    ]);
    expect(told(ASSOCIATION, associationAsMade({ roleArn: SHARED }), intends(NOW))).toEqual([
      'AssociationRetargeted role',
    ]);
  });
});

describe('a role that several share', () => {
  const OWNERS = {
    Sid: 'Owners',
    Effect: 'Allow',
    Principal: { Service: 'ec2.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const text = (...statements: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const seen = (trust: string): SeenRole => ({
    roleArn: SHARED,
    present: true,
    trust,
    managedPolicyArns: [],
    inline: { owners: '{}' },
    tags: { cost: '7' },
  });
  const sharing = (serviceAccount: string, id: string) =>
    active(wishOf({ serviceAccount, source: { role: SHARED }, targets: [] }), id);
  const both = [sharing('api', ID), sharing('web', OTHER)];
  const wantedTrust = (change: Partial<Known>) =>
    wantedOf(desiredOf(role(SHARED), known({ grants: both, ...change }))).trust ?? '';

  test('its trust is one wish of all grants on it, beside what its owner has there', () => {
    const desired = desiredOf(role(SHARED), known({ grants: both, role: seen(text(OWNERS)) }));
    expect(desired.conflicts).toEqual([]);
    expect(desired.closed).toEqual([]);
    const trust = desired.wanted.find(({ facet }) => facet === 'trust');
    expect(trust?.by.map((by) => by.kind === 'grant' && by.id)).toEqual([OTHER, ID]);
    for (const part of ['"api"', '"web"', 'Owners']) expect(trust?.value).toContain(part);
    expect(Object.keys(wantedOf(desired))).toEqual(['exists', 'trust']);
  });

  test('written so, it is no drift; without one of them it is', () => {
    const trust = wantedTrust({ role: seen(text(OWNERS)) });
    expect(told(role(SHARED), readRole(seen(trust)), known({ grants: both, role: seen(trust) }))).toEqual([]);
    const one =
      wantedOf(desiredOf(role(SHARED), known({ grants: both.slice(0, 1), role: seen(text(OWNERS)) }))).trust ?? '';
    expect(told(role(SHARED), readRole(seen(one)), known({ grants: both, role: seen(one) }))).toEqual([
      'TrustNarrowed trust',
    ]);
  });

  test('its order does not hang on the order of the grants', () => {
    expect(wantedTrust({ role: seen(text(OWNERS)), grants: both.toReversed() })).toBe(
      wantedTrust({ role: seen(text(OWNERS)) }),
    );
  });

  test('what was let in after the baseline is drift, what the baseline had is not', () => {
    const before = canonicalPolicy(text(OWNERS));
    const baseline = {
      acceptedAt: NOW,
      facets: { exists: 'AROAX', trust: before, 'inline:owners': '{}', 'tag:cost': '7' },
    };
    const trust = wantedTrust({ role: seen(text(OWNERS)), baseline });
    const stranger = { Effect: 'Allow', Principal: { AWS: '999999999999' }, Action: 'sts:AssumeRole' };
    const widened = JSON.stringify({ ...JSON.parse(trust), Statement: [...JSON.parse(trust).Statement, stranger] });
    const all = (now: string) => known({ grants: both, role: seen(now), baseline });
    expect(told(role(SHARED), readRole(seen(trust)), all(trust))).toEqual([]);
    expect(told(role(SHARED), readRole(seen(widened)), all(widened))).toEqual(['TrustWidened trust']);
  });

  test('a grant that is being provisioned may have its part in it already, and need not', () => {
    const coming = through(requested(wishOf({ serviceAccount: 'web', source: { role: SHARED }, targets: [] }), OTHER), [
      allowed(),
    ]);
    const grants = [both[0] ?? coming, coming];
    const [without, withIt] = [
      wantedTrust({ role: seen(text(OWNERS)), grants: grants.slice(0, 1) }),
      wantedTrust({ role: seen(text(OWNERS)) }),
    ];
    for (const trust of [without, withIt]) {
      expect(told(role(SHARED), readRole(seen(trust)), known({ grants, role: seen(trust) }))).toEqual([]);
    }
  });
});

describe('a role that several share, and one of them changes', () => {
  const at = (...names: readonly string[]) =>
    names.map((name) => ({ account: PAYMENTS, region: 'eu-west-1', cluster: name }));
  const wish = (serviceAccount: string, ...clusters: readonly string[]) =>
    wishOf({ serviceAccount, clusters: at(...clusters), source: { role: SHARED }, targets: [] });
  const still = active(wish('web', 'payments'), OTHER);
  const before = active(wish('api', 'payments'), ID);
  const after = active(wish('api', 'payments', 'staging'), ID);
  const changing = through(before, [
    { kind: 'change-requested', id: nextId(), basedOn: 1, wish: wish('api', 'payments', 'staging'), by: ann },
    allowed(2),
  ]);
  const seen = (trust: string): SeenRole => ({
    roleArn: SHARED,
    present: true,
    trust,
    managedPolicyArns: [],
    inline: {},
    tags: {},
  });
  const ANY = source.trust.text ?? '';
  const trustOf = (grants: readonly Grant[]) =>
    wantedOf(desiredOf(role(SHARED), known({ grants, role: seen(ANY) }))).trust ?? '';

  test('the old trust and the new one are both in order, one without either is not', () => {
    expect(changing.pending?.stage).toBe('provisioning');
    const judged = (trust: string) =>
      told(role(SHARED), readRole(seen(trust)), known({ grants: [changing, still], role: seen(trust) }));
    expect(judged(trustOf([before, still]))).toEqual([]);
    expect(judged(trustOf([after, still]))).toEqual([]);
    expect(judged(trustOf([before]))).toEqual(['TrustNarrowed trust']);
    const desired = desiredOf(role(SHARED), known({ grants: [changing, still], role: seen(trustOf([before, still])) }));
    expect(wantedOf(desired).trust).toBe(trustOf([before, still]));
  });
});

describe('denies, baselines, contradictions', () => {
  const row = (change: object = {}): DenyRow => ({
    identity: API,
    roleArn: source.roleArn,
    form: 'tags',
    policyName: denyName({ identity: API, roleArn: source.roleArn, form: 'tags' }),
    revocation: 'rev-1',
    status: 'in-force',
    at: NOW,
    ...change,
  });
  const facet = `deny:${row().policyName}`;
  const withDeny = { ...roleAsMade(source), inline: { ...source.inline, [row().policyName]: renderDeny(row()) } };

  test('a deny in force is wanted to the letter until its time', () => {
    const all = (change: object = {}) => known({ grants: [grant], denies: [row(change)] });
    expect(wantedOf(desiredOf(role(source.roleArn), all()))[facet]).toBe(renderDeny(row()));
    const actual = (present: object) => readRole({ ...roleAsMade(source), ...present });
    expect(told(role(source.roleArn), actual(withDeny), all())).toEqual([]);
    expect(told(role(source.roleArn), actual({}), all())).toEqual([`SessionDenyRemoved ${facet}`]);
    const due = { dueAt: '2026-11-21T11:00:00Z' };
    expect(told(role(source.roleArn), actual({}), all(due))).toEqual([]);
    expect(told(role(source.roleArn), actual(withDeny), all(due))).toEqual([]);
    expect(told(role(source.roleArn), actual(withDeny), all({ status: 'lifted' }))).toEqual([
      `SessionDenyLeftOver ${facet}`,
    ]);
  });

  test('an accepted association is wanted as it was, until a grant has had the identity', () => {
    const baseline = {
      acceptedAt: NOW,
      facets: facetsOfAssociation({
        state: { associationId: 'a-7', associationArn: 'arn', roleArn: SHARED, disableSessionTags: false },
        tags: { a: 'b' },
      }).facets,
    };
    const there = actualOf({ facets: baseline.facets, unread: [] }, NOW);
    expect(told(ASSOCIATION, there, known({ baseline }))).toEqual([]);
    expect(told(ASSOCIATION, nothingThere, known({ baseline }))).toEqual(['AssociationDeleted exists']);
    expect(
      told(
        ASSOCIATION,
        actualOf({ facets: { ...baseline.facets, target: SHARED }, unread: [] }, NOW),
        known({ baseline }),
      ),
    ).toEqual(['TargetRoleChanged target']);
    const { inForce: _, ...rest } = grant;
    expect(told(ASSOCIATION, there, known({ baseline, grants: [{ ...rest, state: 'revoked' }] }))).toEqual([
      'AssociationOutsideGrant exists',
    ]);
  });

  test('two grants on one identity contradict each other in what differs', () => {
    const second = active(wishOf({ source: { role: SHARED }, targets: [] }), OTHER);
    const desired = desiredOf(ASSOCIATION, known({ grants: [grant, second] }));
    expect(desired.conflicts.map((each) => each.facet)).toEqual(['role', 'tag:podid:grant', 'target']);
    expect(told(ASSOCIATION, associationAsMade(), known({ grants: [grant, second] }))).toEqual([
      'GrantsContradict role',
      'GrantsContradict tag:podid:grant',
      'GrantsContradict target',
    ]);
  });

  test('a cluster is wanted with the agent it had and the access podid was given', () => {
    const setup = { access: 'arn:r podid-observe', rbac: 'list pods' };
    const ref: ObjectRef = {
      object: 'cluster',
      cluster: { account: PAYMENTS, region: 'eu-west-1', cluster: 'payments' },
    };
    const baseline = { acceptedAt: NOW, facets: { exists: '2026-01-01T00:00:00Z', agent: 'add-on' } };
    const blind = actualOf({ facets: { exists: '2026-01-01T00:00:00Z', rbac: 'list pods' }, unread: [] }, NOW);
    expect(told(ref, blind, known({ setup, baseline }))).toEqual(['AccessEntryLost access', 'AgentRemoved agent']);
    expect(told(ref, nothingThere, known({ setup }))).toEqual(['ClusterDeleted exists']);
  });
});
