/** The local STS judges one token by a role's trust; `admits` says whose tokens would do. For the demo fleet's roles, and the policies of reach's own table. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type PolicyDocument, parsePolicy } from '../../../../functions/policy/index.ts';
import {
  admits,
  difference,
  everyone,
  type FederatedIdentity,
  type IrsaFacts,
  irsa,
  irsaUniverse,
  reach,
  witness,
} from '../../../../functions/trust/reach/index.ts';
import type { LocalCloud } from '../../../../local/cloud.ts';
import { buildRoles } from '../../../../local/fleet/build.ts';
import { DEMO_FLEET, loadFleet } from '../../../../local/fleet/load.ts';
import { issuerOf } from '../../../../local/issuers.ts';
import { webIdentity } from '../../../../local/services/sts/web-identity.ts';
import { PODS_TRUST } from '../../wire/listening.ts';
import { call, openCloud, tally } from '../eks-auth/pod-credentials.ts';
import { ISSUER, newKeys, startIssuer, type TestIssuer } from './issuer.ts';

const REGION = 'eu-west-1';
const OTHER_ISSUER = 'oidc.eks.us-east-1.amazonaws.com/id/99999999999999999999999999999999';
const show = ({ issuer, namespace, serviceAccount }: FederatedIdentity) =>
  `${namespace}/${serviceAccount} of ${issuer}`;

/** Asks STS as service accounts would; issuers, and providers in the role's account, are made as they are needed. */
const asking = (cloud: LocalCloud, keys: Awaited<ReturnType<typeof newKeys>>) => {
  const issuers = new Map<string, TestIssuer>();
  const issuerNamed = async (url: string): Promise<TestIssuer> => {
    const known = issuers.get(url) ?? (await startIssuer(cloud, { url, keys }));
    issuers.set(url, known);
    return known;
  };
  return async (roleArn: string, audience: string, identity: FederatedIdentity): Promise<boolean> => {
    const account = roleArn.split(':')[4] ?? '';
    const admin = { account, region: REGION };
    const issuer = await issuerNamed(identity.issuer);
    expect(issuerOf(cloud, `https://${identity.issuer}`)).toBeDefined();
    const provider = { Url: `https://${identity.issuer}`, ClientIDList: [audience] };
    const OpenIDConnectProviderArn = `arn:aws:iam::${account}:oidc-provider/${identity.issuer}`;
    await call(cloud, 'iam', 'DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn }, admin);
    await call(cloud, 'iam', 'CreateOpenIDConnectProvider', provider, admin);
    const token = await issuer.tokenOf(identity.namespace, identity.serviceAccount, { aud: [audience] });
    const input = { RoleArn: roleArn, RoleSessionName: 'agreement', WebIdentityToken: token };
    try {
      await cloud.call('sts', 'AssumeRoleWithWebIdentity', input, await webIdentity(input, cloud));
      return true;
    } catch (error) {
      expect(Object(error).message).toBe('Not authorized to perform sts:AssumeRoleWithWebIdentity');
      return false;
    }
  };
};

describe('local STS and reach give the same answer about tokens', () => {
  const { fleet } = loadFleet(DEMO_FLEET);
  const ACCOUNT = '111122223333';
  const subject = `arn:aws:iam::${ACCOUNT}:role/subject`;
  const rows: { why: string; kind: string; facts?: Partial<IrsaFacts>; policy: unknown }[] = JSON.parse(
    readFileSync(path.resolve(import.meta.dirname, '../../../functions/trust/reach/reach.json'), 'utf8'),
  );

  let cloud: LocalCloud;
  let gets: ReturnType<typeof asking>;
  beforeAll(async () => {
    const named = [...JSON.stringify(rows).matchAll(/\d{12}/g)].map(([account]) => account);
    cloud = openCloud(new Set([ACCOUNT, ...named, ...fleet.accounts.map(({ id }) => id)]));
    gets = asking(cloud, await newKeys());
    await buildRoles(cloud, fleet);
    const role = { RoleName: 'subject', AssumeRolePolicyDocument: PODS_TRUST };
    await call(cloud, 'iam', 'CreateRole', role, { account: ACCOUNT, region: REGION });
  });
  afterAll(() => cloud.close());

  const compare = async (
    trust: PolicyDocument,
    facts: IrsaFacts & { readonly roleArn: string },
    identities: readonly FederatedIdentity[],
    add: ReturnType<typeof tally>['add'],
  ): Promise<void> => {
    for (const identity of identities) {
      const { admitted, because } = admits(trust, irsa(facts), identity);
      add(admitted);
      if (admitted === 'undecided') continue;
      const got = await gets(facts.roleArn, facts.audience ?? 'sts.amazonaws.com', identity);
      expect([facts.roleArn, show(identity), because, got]).toEqual([facts.roleArn, show(identity), because, admitted]);
    }
  };

  it('for every role of the demo fleet', async () => {
    const { counts, add } = tally();
    const EXAMPLE = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLE';
    const identities = [EXAMPLE, ISSUER].flatMap((issuer) =>
      ['api', 'worker'].map((serviceAccount) => ({ issuer, namespace: 'checkout', serviceAccount })),
    );
    for (const account of fleet.accounts) {
      for (const { path: under, name, trust, tags } of account.roles) {
        const roleArn = `arn:aws:iam::${account.id}:role${under}${name}`;
        const facts = { account: account.id, partition: 'aws', roleArn, roleTags: tags };
        await compare(parsePolicy(trust, { kind: 'trust' }), facts, identities, add);
      }
    }
    // One role of the fleet is for tokens: of EXAMPLE, whoever's.
    expect(counts).toEqual({ admitted: 2, refused: expect.any(Number), undecided: 0 });
    expect(counts.refused).toBeGreaterThan(20);
  });

  it.each(rows.filter(({ kind }) => kind === 'irsa'))('$why', async ({ policy, facts: more }) => {
    const { counts, add } = tally();
    const trust = parsePolicy(policy, { kind: 'trust' });
    const update = { RoleName: 'subject', PolicyDocument: JSON.stringify(policy) };
    await call(cloud, 'iam', 'UpdateAssumeRolePolicy', update, { account: ACCOUNT, region: REGION });
    const facts = { account: ACCOUNT, partition: 'aws', roleArn: subject, roleTags: {}, ...more };
    await compare(trust, facts, aroundTheEdge(trust, facts), add);
    expect(counts.admitted + counts.refused + counts.undecided).toBeGreaterThan(4);
  });

  it('both answers are given for the table', async () => {
    const { counts, add } = tally();
    for (const { policy, facts: more } of rows.filter(({ kind }) => kind === 'irsa')) {
      const trust = parsePolicy(policy, { kind: 'trust' });
      const facts = { account: ACCOUNT, partition: 'aws', roleArn: subject, roleTags: {}, ...more };
      for (const identity of aroundTheEdge(trust, facts)) add(admits(trust, irsa(facts), identity).admitted);
    }
    expect(counts.admitted).toBeGreaterThan(20);
    expect(counts.refused).toBeGreaterThan(20);
    expect(counts.undecided).toBeLessThan(8);
  });

  /** Somebody inside and somebody outside of what the policy admits, and a few that every policy is asked about. */
  const aroundTheEdge = (trust: PolicyDocument, facts: IrsaFacts): FederatedIdentity[] => {
    const { may } = reach(trust, irsa(facts));
    const edge = [witness(may), witness(difference(everyone(irsaUniverse(facts)), may))];
    const api = { issuer: ISSUER, namespace: 'pay', serviceAccount: 'api' };
    const always = [
      api,
      { ...api, serviceAccount: 'worker' },
      { ...api, namespace: 'payroll' },
      { ...api, namespace: 'a', serviceAccount: 'b' },
      { ...api, issuer: OTHER_ISSUER },
      { ...api, issuer: 'token.actions.githubusercontent.com' },
    ];
    return [...always, ...edge.filter((identity) => identity !== undefined)];
  };
});
