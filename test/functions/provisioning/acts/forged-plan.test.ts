/** A plan from a hub that is not what it should be: whatever it says, a trust admits the parties that it names and nobody else. */
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { type RoleAsked, refusedWish } from '../../../../functions/provisioning/acts/bounds.ts';
import { stepFor } from '../../../../functions/provisioning/acts/role-step.ts';
import { ApplyRoleInput } from '../../../../functions/provisioning/contract.ts';
import { isEmpty, isSame, podIdentity, reach, setOf } from '../../../../functions/trust/reach/index.ts';
import { ACCOUNT, REGION } from '../../revocation/spoke.ts';
import { ASKER, asked, BOUNDARY, GRANT, TAGS } from '../roles.ts';
import { bounds, role } from './place.ts';

/** Good for the most part: else no plan would come through, and the property would say nothing. */
const mostly = <T>(good: readonly T[], bad: readonly T[]) =>
  fc.oneof({ weight: 30, arbitrary: fc.constantFrom(...good) }, { weight: 1, arbitrary: fc.constantFrom(...bad) });
const hostile = (...good: string[]) => mostly(good, ['*', '?', 'a*', `\${aws:x}`, 'A', 'x/y', 'x"y', ' ', 'é']);
const identities = fc.record({
  account: mostly([ACCOUNT], ['444455556666']),
  region: fc.constant(REGION),
  cluster: hostile('shop', 'shop-2'),
  namespace: hostile('checkout', 'kube-system'),
  serviceAccount: hostile('web', 'worker', 'default'),
});
const some = fc.array(identities, { maxLength: 2 });
const sources = mostly([undefined], [role('*'), `arn:aws:iam::${ACCOUNT}:root`]);
const partiesThrough = (through: fc.Arbitrary<string | undefined>) =>
  fc.array(
    fc.record({ sourceRoleArn: through, tagged: some, untagged: some }).map(({ sourceRoleArn, ...of }) => ({
      ...(sourceRoleArn !== undefined && { sourceRoleArn }),
      ...of,
    })),
    { minLength: 1, maxLength: 2 },
  );
const planOf = (as: 'source' | 'target', through: fc.Arbitrary<string | undefined>): fc.Arbitrary<RoleAsked> =>
  fc.record({
    asker: mostly([ASKER], ['g-aaaaaaaaaaaaaaaa-v1-p1']),
    grantId: fc.constant(GRANT),
    parties: partiesThrough(through),
    role: fc.record({
      as: fc.constant(as),
      roleArn: mostly([role('podid/web')], [role('web'), role('podid/secret-1')]),
      account: fc.constant(ACCOUNT),
      managed: fc.constant(true),
      managedPolicyArns: fc.constant([]),
      inline: fc.constant({}),
      boundary: mostly([BOUNDARY], ['arn:aws:iam::aws:policy/AdministratorAccess']),
      tags: fc.constant(TAGS),
      standing: fc.constant('create'),
    }),
  });
const plans = fc.oneof(
  planOf('source', sources),
  planOf('target', mostly<string | undefined>([role('podid/source'), role('podid/other')], [undefined, role('*')])),
);

describe('a forged plan', () => {
  it('is refused, or makes a bounded role under our path whose trust admits its parties, named one by one', () => {
    let made = 0;
    fc.assert(
      fc.property(plans, (plan) => {
        if (refusedWish(plan, bounds) !== undefined) return;
        const step = stepFor(plan, undefined, bounds);
        if (step.do !== 'write') return;
        made += 1;
        expect(plan.role.roleArn).toBe(role('podid/web'));
        expect(step.wanted.boundary).toBe(BOUNDARY);
        expect(step.wanted.tags).toEqual({ ...TAGS, 'podid:made-by': ASKER });
        const { text } = step.wanted.trust;
        const principals: unknown[] = JSON.parse(text).Statement.map((each: { Principal: unknown }) => each.Principal);
        const named = plan.parties.flatMap(({ sourceRoleArn }) => sourceRoleArn ?? []);
        for (const principal of principals)
          expect([{ Service: 'pods.eks.amazonaws.com' }, ...named.map((AWS) => ({ AWS }))]).toContainEqual(principal);
        const facts = { account: ACCOUNT, partition: 'aws', roleArn: plan.role.roleArn };
        const request = podIdentity(facts);
        const { may } = reach(parsePolicy(text, { kind: 'trust' }), request);
        const pods = plan.parties.filter(({ sourceRoleArn }) => sourceRoleArn === undefined);
        const asked = setOf(
          request.universe,
          pods.flatMap(({ tagged }) => tagged),
        );
        expect(isSame(may, asked)).toBe(true);
        if (pods.some(({ untagged }) => untagged.length > 0)) return;
        expect(isEmpty(reach(parsePolicy(text), podIdentity({ ...facts, tagsDisabled: true })).may)).toBe(true);
      }),
      { numRuns: 100 },
    );
    // Else the property would say nothing.
    expect(made).toBeGreaterThan(20);
  });

  it.each<[string, object, object?]>([
    ['a trust of its own', { trust: { parties: [], text: '{}' } }],
    ['a path', { path: '/' }],
    ['a service', {}, { principal: 'ec2.amazonaws.com' }],
    ['another way to be had', { as: 'everybody' }],
    ['no parties', {}, { parties: undefined }],
    ['a party with a principal', {}, { parties: [{ tagged: [], untagged: [], principal: '*' }] }],
    ['a policy that is no text', { inline: { 'podid-inline': { Version: '2012-10-17' } } }],
    ['a role that is a user', { roleArn: `arn:aws:iam::${ACCOUNT}:user/podid/web` }],
  ])('can not even say: %s', (_, part, more = {}) => {
    expect(ApplyRoleInput.safeParse(asked()).success).toBe(true);
    expect(ApplyRoleInput.safeParse(asked(part, more)).success).toBe(false);
  });
});
