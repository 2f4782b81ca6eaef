/** What exists, proposed and accepted: what stands in the proposal, and what keeps it from being accepted. */
import { describe, expect, it } from '@jest/globals';
import { acceptanceOf, type Inventory, Proposal, proposalOf } from '../../../../functions/drift/baseline/index.ts';
import { objectKey } from '../../../../functions/drift/object.ts';

const SHOP = { account: '222222222222', region: 'eu-west-1', cluster: 'shop' };
const ARN = 'arn:aws:eks:eu-west-1:222222222222:cluster/shop';
const role = (name: string): string => `arn:aws:iam::222222222222:role/${name}`;
const AT = '2026-11-21T12:00:00.000Z';
const BY = { at: '2026-11-21T13:00:00.000Z', by: 'arn:aws:sts::111111111111:assumed-role/ops/dana' };

const association = (serviceAccount: string, facets: object = {}) => ({
  identity: { ...SHOP, namespace: 'checkout', serviceAccount },
  facets: { exists: `a-${serviceAccount}`, role: role('api'), 'session-tags': 'on', ...facets },
});
const API = {
  roleArn: role('api'),
  facets: {
    exists: 'AROAAPI',
    trust: '{"Version":"2012-10-17","Statement":[]}',
    'inline:read': '{"Version":"2012-10-17","Statement":[{"Effect":"Allow"}]}',
    'attached:arn:aws:iam::aws:policy/ReadOnlyAccess': 'attached',
    'version:arn:aws:iam::222222222222:policy/own': 'd1',
    boundary: 'arn:aws:iam::222222222222:policy/edge',
    'tag:team': 'checkout',
    'deny:podid-deny-1': '{}',
  },
};
const inventory = (change: Partial<Inventory> = {}): Inventory => ({
  clusters: [{ cluster: SHOP, facets: { exists: AT, agent: 'add-on' } }],
  associations: [
    association('web'),
    association('api', { target: role('ledger'), policy: '{"Version":"2012-10-17"}' }),
  ],
  roles: [API],
  warnings: new Map([
    [role('api'), ['TrustTooBroad: Everybody gets in.']],
    [`${ARN}#checkout/web`, ['AssociationNotAdmitted: No.']],
  ]),
  ...change,
});
const known = inventory();
const proposal = (): Proposal => Proposal.parse(JSON.parse(JSON.stringify(proposalOf(known, AT))));
const changed = (change: (proposal: Proposal) => void): Proposal => {
  const copy = proposal();
  change(copy);
  return copy;
};
const accept = (given: Proposal, now: Inventory = known) => acceptanceOf(given, now, BY);
const [API_PLACE, WEB_PLACE] = [0, 1];

describe('a proposal', () => {
  it('shows who gets what, the roles behind it, and what is wrong already', () => {
    const { clusters, roles } = proposal();
    expect(clusters).toMatchObject([
      {
        cluster: ARN,
        agent: 'add-on',
        associations: [
          {
            serviceAccount: 'api',
            role: role('api'),
            targetRole: role('ledger'),
            sessionTags: true,
            sessionPolicy: { Version: '2012-10-17' },
            warnings: [`Nobody has read ${role('ledger')} yet: it is not in this proposal.`],
          },
          { serviceAccount: 'web', warnings: ['AssociationNotAdmitted: No.'] },
        ],
      },
    ]);
    expect(roles).toMatchObject([
      {
        role: role('api'),
        usedBy: [`checkout/api in ${ARN}`, `checkout/web in ${ARN}`],
        trust: { Version: '2012-10-17', Statement: [] },
        inline: { read: { Statement: [{ Effect: 'Allow' }] } },
        attached: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
        boundary: 'arn:aws:iam::222222222222:policy/edge',
        tags: { team: 'checkout' },
        warnings: ['TrustTooBroad: Everybody gets in.'],
      },
    ]);
  });

  it('does not hang on the order in which things were read, and leaves out what is gone', () => {
    const gone = { identity: { ...SHOP, namespace: 'checkout', serviceAccount: 'gone' }, facets: {} };
    const again = inventory({ associations: [...known.associations, gone].reverse() });
    expect(proposalOf(again, AT)).toEqual(proposalOf(known, AT));
  });

  it('says of a role that is gone that it is', () => {
    const { clusters, roles } = proposalOf(inventory({ roles: [{ roleArn: role('api'), facets: {} }] }), AT);
    expect(roles).toEqual([]);
    expect(clusters[0]?.associations[WEB_PLACE]?.warnings).toContain(`${role('api')} is not there.`);
  });
});

describe('an acceptance', () => {
  it('is a baseline of each object, the cluster last, without the session denies', () => {
    const { baselines, leftOut, problems } = accept(proposal());
    expect({ leftOut, problems }).toEqual({ leftOut: [], problems: [] });
    expect(baselines.map(({ ref }) => objectKey(ref))).toEqual([
      role('api'),
      `${ARN}#checkout/web`,
      `${ARN}#checkout/api`,
      ARN,
    ]);
    const { 'deny:podid-deny-1': _deny, ...facets } = API.facets;
    expect(baselines[0]?.baseline).toEqual({ acceptedAt: BY.at, by: BY.by, facets, closed: ['inline', 'attached'] });
    expect(baselines[1]?.baseline).toMatchObject({ closed: [], facets: { exists: 'a-web' } });
  });

  it('of what somebody has taken out is none of it', () => {
    const some = changed(({ clusters, roles }) => {
      clusters[0]?.associations.splice(WEB_PLACE, 1);
      roles.splice(0, 1);
    });
    const { baselines, leftOut, problems } = accept(some);
    expect(problems).toEqual([]);
    expect(leftOut).toEqual([`${ARN}/checkout/web`, role('api')]);
    expect(baselines.map(({ ref }) => objectKey(ref))).toEqual([`${ARN}#checkout/api`, ARN]);
  });

  it('does not mind warnings that are gone, and a session deny that came', () => {
    const now = inventory({
      warnings: new Map(),
      roles: [{ ...API, facets: { ...API.facets, 'deny:podid-deny-2': '{}' } }],
    });
    expect(accept(proposal(), now).problems).toEqual([]);
  });

  const other = (facets: object) => inventory({ roles: [{ ...API, facets: { ...API.facets, ...facets } }] });
  it.each<[what: string, given: Proposal, now: Inventory, problem: RegExp]>([
    ['a role was changed', proposal(), other({ trust: '{}' }), /role\/api was changed since it was proposed\.$/],
    ['a role was made anew', proposal(), other({ exists: 'AROAOTHER' }), /role\/api was changed/],
    ['a role is gone', proposal(), inventory({ roles: [] }), /role\/api is not there/],
    [
      'an association gives another role',
      proposal(),
      inventory({ associations: [association('web', { role: role('x') }), ...known.associations.slice(1)] }),
      /checkout\/web was changed/,
    ],
    [
      'an association was made',
      proposal(),
      inventory({ associations: [...known.associations, association('new')] }),
      /^arn:.*shop: associations were made or deleted since\. Not in the file: checkout\/new\.$/,
    ],
    [
      'the agent is another one',
      proposal(),
      inventory({ clusters: [{ cluster: SHOP, facets: { exists: AT } }] }),
      /cluster\/shop was changed/,
    ],
    ['the cluster is not known', proposal(), inventory({ clusters: [] }), /is not known: podid\.config\.yaml/],
    [
      'the file says otherwise',
      changed(({ clusters }) => Object.assign(clusters[0]?.associations[API_PLACE] ?? {}, { role: role('admin') })),
      known,
      /checkout\/api is otherwise than the file says/,
    ],
    [
      'the file has more',
      changed(({ clusters }) =>
        clusters[0]?.associations.push({ ...clusters[0].associations[0], serviceAccount: 'more' } as never),
      ),
      known,
      /checkout\/more is not there/,
    ],
    [
      'the file has a thing twice',
      changed(({ roles }) => roles.push(roles[0] as never)),
      known,
      /role\/api stands twice/,
    ],
    [
      'the file has a cluster twice',
      changed(({ clusters }) => clusters.push(clusters[0] as never)),
      known,
      /shop stands twice/,
    ],
  ])('is refused when %s', (_what, given, now, problem) => {
    expect(accept(given, now).problems).toContainEqual(expect.stringMatching(problem));
  });
});
