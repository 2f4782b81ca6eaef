/** By whom each action is carried out: what a grant wants through that grant's functions, all else only by taking away, and the rest by a person. */
import { expect, test } from '@jest/globals';
import { denyName, renderDeny } from '../../../../functions/abac/session-deny.ts';
import type { Action, DriftPlan, Facets, Hold, ObjectRef } from '../../../../functions/drift/contract.ts';
import type { GrantPart } from '../../../../functions/drift/gathering/gather.ts';
import { deedsFor, type Known, withMeans } from '../../../../functions/drift/looking/deeds.ts';
import type { DenyRow } from '../../../../functions/store/denies.ts';
import { ACCOUNT, API, ASSOCIATION, desired, NOW, ROLE } from '../remedy/objects.ts';

const ARN = `arn:aws:iam::${ACCOUNT}:role/orders`;
const UNDER_PATH = `arn:aws:iam::${ACCOUNT}:role/podid/orders`;
const OPTED_IN = `arn:aws:iam::${ACCOUNT}:role/team/orders`;
const GRANT = 'g-0123456789abcdef';
const EXECUTION = 'd-0123456789ab-m0-1';
const role = (managed: boolean): NonNullable<GrantPart['role']> => ({
  ...{ as: 'source', roleArn: ARN, account: ACCOUNT, managed, standing: 'keep', differences: [] },
  trust: { parties: [{ tagged: [API], untagged: [] }], text: '{}' },
  managedPolicyArns: [],
  inline: { mine: '{}' },
  tags: {},
});
const association: NonNullable<GrantPart['association']> = {
  ...{ identity: API, roleArn: ARN, disableSessionTags: false, tags: {}, standing: 'keep', differences: [] },
};
const part = (change: Partial<GrantPart>): GrantPart => ({ grantId: GRANT, version: 2, settled: true, ...change });
const made = part({ role: role(true) });
const shared = part({ role: role(false) });
const given = part({ association });

const deny: DenyRow = {
  ...{ identity: API, roleArn: ARN, form: 'tags', revocation: 'r-1', status: 'in-force', at: NOW },
  policyName: denyName({ identity: API, roleArn: ARN, form: 'tags' }),
};
const DENY = `deny:${deny.policyName}`;

const known = (change: Partial<Known> & { facets?: Facets } = {}): Known => {
  const { facets = { exists: 'AROA', 'tag:podid:grant': GRANT }, ...rest } = change;
  return {
    actual: { readAt: NOW, complete: true, unread: [], facets },
    ...{ desired: desired(), grants: [], denies: [], isRevoked: false, isDropped: false },
    bounds: { account: ACCOUNT, excluded: ['team/crown'], managed: ['team/*'], rolePath: '/podid/' },
    ...rest,
  };
};
const wants = (facet: string, value: string) =>
  desired({ wanted: [{ facet, value, by: [{ kind: 'grant', id: GRANT, version: 2 }] }] });
const action = (facet: string, to: string | null = null, deed: Action['do'] = 'revert'): Action => ({
  ...{ do: deed, facet, to, mends: [] },
});
const plan = (actions: Action[], ref: ObjectRef = ROLE, holds: Hold[] = []): DriftPlan => ({
  ...{ ref, actualDigest: 'a', desiredDigest: 'd', actions, holds },
});
const held = (facet: string, because: Hold['because'] = 'exception'): Hold => ({ facet, because, sentence: 'Agreed.' });

/** Each deed as what it does and in how many actions; then what is held, and why. */
const come = (made: DriftPlan, about: Known): string[] => {
  const possible = withMeans(made, about);
  return [
    ...deedsFor(possible, EXECUTION, about).map((deed) => {
      const standing =
        deed.do === 'apply-role'
          ? deed.input.role.standing
          : deed.do === 'associate'
            ? deed.input.association.standing
            : '';
      const mends = deed.do === 'mend-role' ? deed.input.deeds.map((each) => each.do).join('+') : '';
      return `${[deed.do, standing, mends].filter(Boolean).join(' ')} (${deed.actions.length}) as ${deed.asker}`;
    }),
    ...possible.holds.map(({ facet, because }) => `held ${facet}: ${because}`),
  ];
};

const AS_GRANT = `as ${GRANT}-${EXECUTION}`;
const AS_ITSELF = `as ${EXECUTION}`;
const ADMIN = 'attached:arn:aws:iam::aws:policy/AdministratorAccess';

type Case = [what: string, plan: DriftPlan, known: Known, comes: string[]];

const CASES: Case[] = [
  [
    'everything on a role that podid made is one call for its grant',
    plan([action('trust', '{}', 'tighten'), action(ADMIN), action('boundary', 'b'), action('tag:podid:team', 't')]),
    known({ grants: [made] }),
    [`apply-role update (4) ${AS_GRANT}`],
  ],
  [
    'where our tag is gone too, it is taken over again',
    plan([action('tag:podid:grant', GRANT)]),
    known({ grants: [made], facets: { exists: 'AROA' } }),
    [`apply-role take-over (1) ${AS_GRANT}`],
  ],
  [
    'a role that is gone is made again',
    plan([action('exists', 'AROA', 're-provision')]),
    known({ grants: [made], facets: {} }),
    [`apply-role create (1) ${AS_GRANT}`],
  ],
  [
    'not one that its owner made',
    plan([action('exists', 'AROA', 're-provision')]),
    known({ grants: [shared], desired: wants('exists', 'AROA'), facets: {} }),
    ['held exists: not-ours'],
  ],
  [
    'a grant that is being changed writes for itself',
    plan([action('boundary', null)]),
    known({ grants: [{ ...made, settled: false }] }),
    ['held boundary: not-ours'],
  ],
  [
    'of a role that is shared: ours for the grant, what is too much by taking away',
    plan([action('trust', '{}', 'tighten'), action(ADMIN), action('inline:ours', '{}'), action('inline:foreign')]),
    known({ grants: [shared], desired: wants('inline:ours', '{}') }),
    [`mend-role trust+detach+delete-inline (3) ${AS_ITSELF}`, `apply-role update (1) ${AS_GRANT}`],
  ],
  [
    'what would be written with what somebody may keep is only taken away',
    plan([action(ADMIN), action('tag:podid:team', 't')], ROLE, [held('trust')]),
    known({ grants: [made] }),
    [`mend-role detach (1) ${AS_ITSELF}`, 'held tag:podid:team: exception', 'held trust: exception'],
  ],
  [
    'what only the baseline knows is never given back',
    plan([
      action('trust', '{}'),
      action('attached:p', 'attached'),
      action('inline:gone', '{}'),
      action('boundary', null),
      action('version:p', 'digest'),
    ]),
    known(),
    ['attached:p', 'boundary', 'inline:gone', 'trust', 'version:p'].map((facet) => `held ${facet}: not-ours`),
  ],
  [
    'but an inline policy is put in the place of more, and a boundary back',
    plan([action('inline:mine', '{}'), action('boundary', 'b')]),
    known({ facets: { 'inline:mine': '{"more":1}' } }),
    [`mend-role put-inline+boundary (2) ${AS_ITSELF}`],
  ],
  [
    'a session deny that is on record',
    plan([action(DENY, renderDeny(deny), 'deny-again')]),
    known({ denies: [deny], grants: [made] }),
    [`cut-sessions (1) ${AS_ITSELF}`],
  ],
  [
    'a deny of which nobody knows stays: without it there is more access',
    plan([action(DENY)]),
    known({ facets: { [DENY]: renderDeny(deny) } }),
    [`held ${DENY}: not-ours`],
  ],
  [
    'an Allow under a deny’s name goes',
    plan([action(DENY)]),
    known({ facets: { [DENY]: '{"Statement":[]}' } }),
    [`mend-role delete-inline (1) ${AS_ITSELF}`],
  ],
  [
    'an association is changed back for its grant, in one call',
    plan([action('role', ARN), action('session-tags', 'on')], ASSOCIATION),
    known({
      grants: [given],
      desired: desired({ wanted: [...wants('role', ARN).wanted, ...wants('session-tags', 'on').wanted] }),
    }),
    [`associate update (2) ${AS_GRANT}`],
  ],
  [
    'one that is gone is made again',
    plan([action('exists', 'a-1', 're-provision')], ASSOCIATION),
    known({ grants: [given], desired: wants('exists', 'a-1'), facets: {} }),
    [`associate create (1) ${AS_GRANT}`],
  ],
  [
    'one that nobody was granted is deleted, with a role of grants',
    plan([action('exists', null, 'revoke')], ASSOCIATION),
    known({ facets: { exists: 'a-1', role: UNDER_PATH } }),
    [`drop-association (1) ${AS_ITSELF}`],
  ],
  [
    'or with roles that were opted in, or a target elsewhere',
    plan([action('exists', null, 'revoke')], ASSOCIATION),
    known({ facets: { exists: 'a-1', role: OPTED_IN, target: 'arn:aws:iam::444444444444:role/x', 'tag:team': 'web' } }),
    [`drop-association (1) ${AS_ITSELF}`],
  ],
  ...[
    { role: ARN },
    { role: `arn:aws:iam::${ACCOUNT}:role/team/crown` },
    { role: UNDER_PATH, target: ARN },
    { role: UNDER_PATH, 'tag:podid:grant': GRANT },
    { role: UNDER_PATH, owner: 'arn:aws:eks:eu-west-1:222222222222:addon/shop/csi/1' },
  ].map(
    (facets): Case => [
      `but is for a person to delete: ${JSON.stringify(facets)}`,
      plan([action('exists', null, 'revoke')], ASSOCIATION),
      known({ facets: { exists: 'a-1', ...facets } }),
      ['held exists: not-ours'],
    ],
  ),
  [
    'what podid has deleted is revoked, where nobody has begun that',
    plan([], ASSOCIATION),
    known({ facets: {}, isDropped: true }),
    [`revoke (1) ${AS_ITSELF}`],
  ],
  ['not again', plan([], ASSOCIATION), known({ facets: {}, isDropped: true, isRevoked: true }), []],
  ['nor while it is there', plan([], ASSOCIATION), known({ facets: { exists: 'a-1' }, isDropped: true }), []],
  ['nor what went by itself', plan([], ASSOCIATION), known({ facets: {} }), []],
  [
    'nor where nobody could look',
    plan([], ASSOCIATION),
    { ...known({ isDropped: true }), actual: { readAt: NOW, complete: false, unread: [], facets: {} } },
    [],
  ],
  [
    'the end of one with its add-on begins a revocation',
    plan([action('exists', null, 'revoke')], ASSOCIATION),
    known({ facets: {} }),
    [`revoke (1) ${AS_ITSELF}`],
  ],
  ['once', plan([action('exists', null, 'revoke')], ASSOCIATION), known({ facets: {}, isRevoked: true }), []],
  [
    'beside what somebody may keep, an association waits',
    plan([action('role', ARN)], ASSOCIATION, [held('target', 'window')]),
    known({ grants: [given], desired: wants('role', ARN) }),
    ['held role: window', 'held target: window'],
  ],
];

test.each(CASES)('%s', (_what, made, about, expected) => {
  expect(come(made, about)).toEqual(expected);
});

test('the spoke is told what was seen', () => {
  const about = known({ facets: { exists: 'a-1', role: OPTED_IN, target: UNDER_PATH } });
  const [deed] = deedsFor(plan([action('exists', null, 'revoke')], ASSOCIATION), EXECUTION, about);
  expect(deed).toMatchObject({
    do: 'drop-association',
    input: { asker: EXECUTION, identity: API, associationId: 'a-1', roleArn: OPTED_IN, targetRoleArn: UNDER_PATH },
  });
});

test('what is not ours to delete says why, and names the command', () => {
  const about = known({ facets: { exists: 'a-1', role: ARN } });
  const { holds } = withMeans(plan([action('exists', null, 'revoke')], ASSOCIATION), about);
  expect(holds[0]?.sentence).toBe(
    "It is not podid's to delete: role orders is not under management: managedRoles in podid.config.yaml does not name it. " +
      'A person would run: aws eks delete-pod-identity-association --region eu-west-1 --cluster-name shop --association-id a-1',
  );
});

test('what is held names the command that a person would run', () => {
  const { holds } = withMeans(plan([action('attached:p', 'attached')]), known());
  expect(holds[0]?.sentence).toBe(
    'No grant wants it so, and podid gives only what a grant wants. A person would run: aws iam attach-role-policy --role-name orders --policy-arn p',
  );
});
