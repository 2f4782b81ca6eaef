/** What the API tells of IRSA beside Pod Identity: of a service account, and of who hangs on a role. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { IdentityView, ImpactView } from '../../../../functions/provisioning/api/schemas.ts';
import { emptyAccounts, NOW, openStage, PAYMENTS, root, type Stage } from './stage.ts';

const CLUSTER = { account: PAYMENTS, region: 'eu-west-1', cluster: 'payments' };
const of = (serviceAccount: string) => ({ ...CLUSTER, namespace: 'checkout', serviceAccount });
const arn = (name: string): string => `arn:aws:iam::${PAYMENTS}:role/${name}`;
const association = (serviceAccount: string, role: string) => ({
  associationId: `a-${serviceAccount}`,
  associationArn: `arn:aws:eks:eu-west-1:${PAYMENTS}:podidentityassociation/payments/a-${serviceAccount}`,
  roleArn: arn(role),
  disableSessionTags: false,
});
const SINCE = '2026-11-20T12:00:00.000Z';
const LISTED = '2026-11-21T06:00:00.000Z';
const annotated = (serviceAccount: string, roleArn: string, valid = true) => ({
  identity: of(serviceAccount),
  irsa: { roleArn, valid },
  since: SINCE,
});

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({
    survey: async (asked) => ({
      ...(await emptyAccounts(asked)),
      associations: asked.input.identities
        .filter(({ serviceAccount }) => serviceAccount.startsWith('both'))
        .map((identity) => ({ identity, state: association(identity.serviceAccount, 'orders'), tags: {} })),
    }),
  });
  const { associations, serviceAccounts } = stage.store;
  await serviceAccounts.keep(annotated('both', arn('legacy')), 0);
  await serviceAccounts.keep(annotated('both-same', arn('orders')), 0);
  await serviceAccounts.keep(annotated('irsa', arn('legacy')), 0);
  await serviceAccounts.keep(annotated('wrong', 'role/x"\n[31m', false), 0);
  await serviceAccounts.keep({ ...annotated('gone', arn('legacy')), gone: LISTED }, 0);
  await serviceAccounts.keepListed({ cluster: CLUSTER, startedAt: LISTED, completedAt: LISTED });
  const seen = { state: association('both-same', 'orders'), revision: NOW };
  await associations.keep(of('both-same'), seen);
});
afterAll(() => stage.close());

describe('of a service account', () => {
  const view = async (serviceAccount: string) => {
    const path = `/identities/${PAYMENTS}/eu-west-1/payments/checkout/${serviceAccount}`;
    return IdentityView.parse((await stage.ask(root, 'GET', path)).body);
  };

  test('which has an association, too: that Pod Identity wins', async () => {
    const { irsa, sentences } = await view('both');
    expect(irsa).toEqual({
      roleArn: arn('legacy'),
      valid: true,
      since: SINCE,
      listedAt: LISTED,
      wins: 'pod-identity',
    });
    expect(sentences.at(-1)).toMatch(
      /asks for role .*:role\/legacy\. Pod Identity wins: .*until they are restarted\.$/,
    );
  });

  test('which has none: that its pods use IRSA, where the trust policy lets them', async () => {
    const { irsa, sentences } = await view('irsa');
    expect(irsa).toMatchObject({ wins: 'irsa' });
    expect(sentences.at(-1)).toMatch(/role\/legacy\. As long as it has no association, .* if the role's trust policy/);
  });

  test('which names no role: what stands there, quoted, and that it gives nothing', async () => {
    const { irsa, sentences } = await view('wrong');
    expect(irsa).toMatchObject({ valid: false, wins: 'irsa' });
    expect(sentences.at(-1)).toContain(String.raw`asks for "role/x\"\n[31m", which is no role's ARN. Its pods get no`);
  });

  test.each(['gone', 'nobody'])('which asks for none: nothing (%s)', async (serviceAccount) => {
    const { irsa, sentences } = await view(serviceAccount);
    expect(irsa).toBeUndefined();
    expect(sentences.join(' ')).not.toContain('IRSA');
  });
});

describe('of a role', () => {
  const impact = async (name: string) =>
    ImpactView.parse((await stage.ask(root, 'GET', `/roles/${PAYMENTS}/${name}/impact`)).body);

  test('who asks for it by IRSA, now', async () => {
    const { irsa, identities, sentences } = await impact('legacy');
    expect(irsa).toEqual(['both', 'irsa'].map((name) => ({ identity: of(name), since: SINCE })));
    expect(identities).toEqual([]);
    expect(sentences).toHaveLength(2);
    expect(sentences[1]).toMatch(/^checkout\/irsa in cluster payments .* asks for the role by IRSA: it would have no/);
  });

  test('who does both is told once as hanging on it', async () => {
    const { irsa, identities, sentences } = await impact('orders');
    expect(irsa.map(({ identity }) => identity)).toEqual([of('both-same')]);
    expect(identities).toEqual([{ identity: of('both-same'), as: 'source' }]);
    expect(sentences[0]).toMatch(/would have no credentials\.$/);
    expect(sentences[1]).toMatch(/asks for the role by IRSA, too: its association wins\.$/);
  });

  test('that nobody hangs on it, only where nobody does', async () => {
    expect((await impact('unused')).sentences).toEqual(['Nothing that podid knows of hangs on the role.']);
  });
});
