/** Who sees what in the lists, and in what is there: role × route. rights.test.ts has what may be done with a grant. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  FindingPage,
  GrantPage,
  GrantView,
  IdentityView,
  ImpactView,
  MeView,
  RevocationPage,
} from '../../../../functions/provisioning/api/schemas.ts';
import { revocation } from '../../store/samples.ts';
import {
  ANALYTICS,
  ada,
  bob,
  grace,
  linus,
  mallory,
  NOW,
  openStage,
  PAYMENTS,
  root,
  type Stage,
  wish,
} from './stage.ts';

/** A role in each account of which there is a finding. */
const roleIn = (account: string): string => `arn:aws:iam::${account}:role/orders`;
const CHECKOUT = {
  account: PAYMENTS,
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const REPORTS = { ...CHECKOUT, account: ANALYTICS, cluster: 'analytics', namespace: 'reports' };

let stage: Stage;
/** Ada's: one that stays in her account and one that reaches into analytics; and Grace's own. */
const ids = { own: '', across: '', reports: '' };

beforeAll(async () => {
  stage = await openStage({ api: { callerLimit: { burst: 1000 } } });
  const { inline } = wish.source.permissions;
  const asked = async (who: typeof ada, change: object): Promise<string> => {
    const { status, body } = await stage.ask(who, 'POST', '/grants', { body: { ...wish, ...change } });
    expect(status).toBe(201);
    return GrantView.parse(body).id;
  };
  ids.own = await asked(ada, {});
  ids.across = await asked(ada, { serviceAccount: 'web', targets: [{ account: ANALYTICS, permissions: { inline } }] });
  const { account, region, cluster, namespace } = REPORTS;
  ids.reports = await asked(grace, { clusters: [{ account, region, cluster }], namespace, team: 'analytics' });

  const found = { severity: 'error', reason: 'TrustTooBroad', sentence: 'Others can use it.' } as const;
  const judgement = { at: NOW, cause: { kind: 'Sweep' }, complete: true };
  for (const object of [...OBJECTS.keys(), ids.across]) {
    await stage.store.findings.keep(object, [found], judgement);
  }
  await stage.store.revocations.elect(revocation({ id: 'r-0123456789ab-1', identity: CHECKOUT }), NOW);
  await stage.store.revocations.elect(revocation({ id: 'r-0123456789ab-2', identity: REPORTS }), NOW);
});
afterAll(() => stage.close());

type Seen = {
  readonly grants: readonly (keyof typeof ids)[];
  /** What waits for this person's approval. */
  readonly approvals: readonly (keyof typeof ids)[];
  /** By the account of the role; `events`: of those of an account; `grant` and `lost` for what a grant, or one that is gone, could not take back. */
  readonly findings: readonly string[];
  readonly revocations: readonly ('checkout' | 'reports')[];
  readonly identities: readonly ('checkout' | 'reports')[];
  readonly impact: readonly ('payments' | 'analytics')[];
};
const NOTHING: Seen = { grants: [], approvals: [], findings: [], revocations: [], identities: [], impact: [] };
const ofCheckout = {
  grants: ['own', 'across'],
  findings: ['grant'],
  revocations: ['checkout'],
  identities: ['checkout'],
  impact: [],
} as const;

const WHO = {
  requester: ada,
  'colleague, who approves': bob,
  "owner of the clusters' account": linus,
  "owner of the target's account": grace,
  'another team': mallory,
  'no team': { sub: 'zoe' },
  'a team that nobody knows': { sub: 'yan', groups: ['checkout2', 'CHECKOUT', '*'] },
  admin: root,
} as const;

const SEES: Readonly<Record<keyof typeof WHO, Seen>> = {
  requester: { ...ofCheckout, approvals: [] },
  'colleague, who approves': { ...ofCheckout, approvals: ['own', 'across'] },
  "owner of the clusters' account": {
    ...ofCheckout,
    approvals: [],
    findings: ['payments', 'events', 'grant'],
    impact: ['payments'],
  },
  "owner of the target's account": {
    grants: ['across', 'reports'],
    approvals: ['across'],
    findings: ['analytics', 'grant'],
    revocations: ['reports'],
    identities: ['reports'],
    impact: ['analytics'],
  },
  'another team': NOTHING,
  'no team': NOTHING,
  'a team that nobody knows': NOTHING,
  admin: {
    grants: ['own', 'across', 'reports'],
    approvals: [],
    findings: ['payments', 'analytics', 'events', 'grant', 'lost'],
    revocations: ['checkout', 'reports'],
    identities: ['checkout', 'reports'],
    impact: ['payments', 'analytics'],
  },
};

const named = (id: string): string => Object.entries(ids).find(([, each]) => each === id)?.[0] ?? id;
const identityPath = ({ account, region, cluster, namespace, serviceAccount }: typeof CHECKOUT): string =>
  `/identities/${[account, region, cluster, namespace, serviceAccount].join('/')}`;
const OBJECTS = new Map([
  [roleIn(PAYMENTS), 'payments'],
  [roleIn(ANALYTICS), 'analytics'],
  [`${PAYMENTS}/us-east-1`, 'events'],
  ['g-eeeeeeeeeeeeeeee', 'lost'],
]);

describe.each(Object.entries(SEES))('%s', (role, sees) => {
  const who = Object.entries(WHO).find(([name]) => name === role)?.[1];
  const ask = (path: string) => stage.ask(who, 'GET', path);

  test('sees grants, and what to approve', async () => {
    const list = async (path: string) => GrantPage.parse((await ask(path)).body).grants.map(({ id }) => named(id));
    expect((await list('/grants')).toSorted()).toEqual(sees.grants.toSorted());
    expect((await list('/approvals')).toSorted()).toEqual(sees.approvals.toSorted());
    // By its team, too: a filter shows nothing that the list doesn't.
    const ofTeam = sees.grants.filter((name) => name !== 'reports').toSorted();
    expect((await list('/grants?team=checkout')).toSorted()).toEqual(ofTeam);
  });

  test('sees findings and revocations', async () => {
    const { findings } = FindingPage.parse((await ask('/findings')).body);
    expect(findings.map(({ object }) => OBJECTS.get(object) ?? 'grant').toSorted()).toEqual(sees.findings.toSorted());
    const { revocations } = RevocationPage.parse((await ask('/revocations')).body);
    const namespaces = revocations.map(({ revocation: { identity } }) => identity.namespace);
    expect(namespaces.toSorted()).toEqual(sees.revocations.toSorted());
  });

  test('sees what service accounts have, and what hangs on roles', async () => {
    for (const [name, identity, grant] of [
      ['checkout', CHECKOUT, 'own'],
      ['reports', REPORTS, 'reports'],
    ] as const) {
      const answer = await ask(identityPath(identity));
      expect([name, answer.status]).toEqual([name, sees.identities.includes(name) ? 200 : 403]);
      if (answer.status === 200)
        expect(IdentityView.parse(answer.body).grants.map(({ id }) => named(id))).toEqual([grant]);
    }
    for (const [name, account] of [
      ['payments', PAYMENTS],
      ['analytics', ANALYTICS],
    ] as const) {
      const answer = await ask(`/roles/${account}/orders/impact`);
      expect([name, answer.status]).toEqual([name, sees.impact.includes(name) ? 200 : 403]);
      if (answer.status === 200) expect(ImpactView.parse(answer.body).findings).toHaveLength(1);
    }
  });

  test('a refusal names nothing but what was asked for', async () => {
    const refused = [...Object.values(ids)].filter((id) => !sees.grants.map((name) => ids[name]).includes(id));
    for (const id of refused) {
      const { status, text } = await ask(`/grants/${id}`);
      expect(status).toBe(403);
      expect(text).toContain(id);
      for (const told of ['checkout', 'reports', 'analytics', 'Ada', 'Grace']) expect(text).not.toContain(told);
    }
    expect((await ask('/grants/g-eeeeeeeeeeeeeeee')).status).toBe(404);
  });

  test('is told who they are, whoever they are', async () => {
    const me = MeView.parse((await ask('/me')).body);
    expect(me.admin).toBe(role === 'admin');
    expect((await ask('/catalogue')).status).toBe(200);
  });
});

test.each(['/grants', '/approvals', '/findings', '/revocations', '/me', '/catalogue', identityPath(CHECKOUT)])(
  'nobody sees nothing: %s',
  async (path) => {
    const { status, body } = await stage.ask(undefined, 'GET', path);
    expect([status, body]).toEqual([401, expect.objectContaining({ type: 'urn:podid:problem:unauthenticated' })]);
  },
);
