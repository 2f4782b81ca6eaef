/** The local STS decides by evaluating a trust policy for one request; `admits` says who would be admitted. For the roles of the demo fleet. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { showIdentity, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { parsePolicy } from '../../../../functions/policy/index.ts';
import { admits, chaining, podIdentity } from '../../../../functions/trust/reach/index.ts';
import type { LocalCloud } from '../../../../local/cloud.ts';
import { buildRoles } from '../../../../local/fleet/build.ts';
import { DEMO_FLEET, loadFleet } from '../../../../local/fleet/load.ts';
import { allow } from '../../wire/listening.ts';
import { call, getsCredentials, openCloud, podTags, tally } from './pod-credentials.ts';

describe('local STS and reach give the same answer for every fixture role', () => {
  const { fleet } = loadFleet(DEMO_FLEET);
  const roles = fleet.accounts.flatMap((account) =>
    account.roles.map((role) => ({
      account: account.id,
      roleArn: `arn:aws:iam::${account.id}:role${role.path}${role.name}`,
      roleTags: role.tags,
      trust: parsePolicy(role.trust, { kind: 'trust' }),
    })),
  );
  const places = fleet.accounts.flatMap((account) =>
    account.clusters.flatMap((cluster) =>
      cluster.associations.map(({ namespace, serviceAccount }) => ({ namespace, serviceAccount })),
    ),
  );
  const strangers = [
    { namespace: 'checkout', serviceAccount: 'stranger' },
    { namespace: 'default', serviceAccount: 'api' },
    { namespace: 'reports', serviceAccount: 'exporter' },
  ];
  /** Everybody of the fleet and some others, in an account's clusters, in a cluster of the same name elsewhere, and in another one. */
  const identitiesIn = (account: string): WorkloadIdentity[] =>
    fleet.accounts
      .filter(({ id }) => id === account)
      .flatMap(({ clusters }) =>
        clusters.flatMap(({ name, region }) => [
          { region, cluster: name },
          { region: 'us-east-1', cluster: name },
          { region, cluster: `${name}-2` },
        ]),
      )
      .flatMap((cluster) => [...places, ...strangers].map((place) => ({ account, ...cluster, ...place })));

  let cloud: LocalCloud;
  beforeAll(async () => {
    cloud = openCloud(fleet.accounts.map(({ id }) => id));
    await buildRoles(cloud, fleet);
  });
  afterAll(() => cloud.close());

  it('by itself', async () => {
    const { counts, add } = tally();
    for (const { account, roleArn, roleTags, trust } of roles) {
      for (const tagsDisabled of [false, true]) {
        const context = podTags(tagsDisabled);
        const request = podIdentity({ account, partition: 'aws', roleArn, roleTags, tagsDisabled, context });
        for (const identity of identitiesIn(account)) {
          const { admitted, because } = admits(trust, request, identity);
          const got = await getsCredentials(cloud, identity, { roleArn }, tagsDisabled);
          expect([roleArn, showIdentity(identity), tagsDisabled, because, got]).toEqual([
            roleArn,
            showIdentity(identity),
            tagsDisabled,
            because,
            admitted,
          ]);
          add(admitted);
        }
      }
    }
    expect(counts.admitted).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(200);
    expect(counts.undecided).toBe(0);
  });

  it('as the target role of every other', async () => {
    const sources = roles.filter(({ trust }) =>
      trust.statements.some(({ principal }) => principal?.services.has('pods.eks.amazonaws.com')),
    );
    for (const { roleArn, account } of sources) {
      // What the source's own policies let it do is another question than whom the target's trust admits.
      const PolicyDocument = allow(['sts:AssumeRole', 'sts:TagSession']);
      const input = { RoleName: roleArn.split('/').at(-1), PolicyName: 'may-chain', PolicyDocument };
      await call(cloud, 'iam', 'PutRolePolicy', input, { account, region: fleet.region });
    }
    const { counts, add } = tally();
    for (const source of sources) {
      for (const target of roles.filter(({ roleArn }) => roleArn !== source.roleArn)) {
        for (const tagsDisabled of [false, true]) {
          const context = podTags(tagsDisabled);
          const first = podIdentity({ ...factsOf(source), tagsDisabled, context });
          const second = chaining({ ...factsOf(target), sourceAccount: source.account, tagsDisabled, context });
          for (const identity of identitiesIn(source.account).slice(0, places.length)) {
            const chained = { ...identity, sourceRoleArn: source.roleArn };
            const admitted =
              admits(source.trust, first, identity).admitted === true &&
              admits(target.trust, second, chained).admitted === true;
            const ways = { roleArn: source.roleArn, targetRoleArn: target.roleArn };
            const got = await getsCredentials(cloud, identity, ways, tagsDisabled);
            expect([ways, showIdentity(identity), tagsDisabled, got]).toEqual([
              ways,
              showIdentity(identity),
              tagsDisabled,
              admitted,
            ]);
            add(admitted);
          }
        }
      }
    }
    expect(counts.admitted).toBeGreaterThan(1);
    expect(counts.refused).toBeGreaterThan(100);
  });
});

const factsOf = ({
  account,
  roleArn,
  roleTags,
}: {
  account: string;
  roleArn: string;
  roleTags: Record<string, string>;
}) => ({
  account,
  partition: 'aws',
  roleArn,
  roleTags,
});
