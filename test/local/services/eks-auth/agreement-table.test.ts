/** As agreement.test.ts, for the trust policies of reach's own table, and for whom they tell apart. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { showIdentity, type WorkloadIdentity } from '../../../../functions/identity.ts';
import { type PolicyDocument, parsePolicy } from '../../../../functions/policy/index.ts';
import {
  admits,
  difference,
  everyone,
  identityUniverse,
  podIdentity,
  reach,
  witness,
} from '../../../../functions/trust/reach/index.ts';
import type { LocalCloud } from '../../../../local/cloud.ts';
import { PODS_TRUST } from '../../wire/listening.ts';
import { call, getsCredentials, openCloud, podTags, tally } from './pod-credentials.ts';

describe("local STS and reach give the same answer for every trust policy of reach's own table", () => {
  /** The accounts of the local cloud are in none. */
  const NO_ORGANIZATION = { 'aws:SourceOrgID': undefined };
  const ACCOUNT = '111122223333';
  const REGION = 'eu-west-1';
  const roleArn = `arn:aws:iam::${ACCOUNT}:role/subject`;
  const file = path.resolve(import.meta.dirname, '../../../functions/trust/reach/reach.json');
  const text = readFileSync(file, 'utf8');
  const rows: { why: string; kind: string; policy: unknown }[] = JSON.parse(text);

  let cloud: LocalCloud;
  const { counts, add } = tally();
  beforeAll(async () => {
    const accounts = new Set([ACCOUNT, ...[...text.matchAll(/\d{12}/g)].map(([account]) => account)]);
    cloud = openCloud(accounts);
    await call(
      cloud,
      'iam',
      'CreateRole',
      { RoleName: 'subject', AssumeRolePolicyDocument: PODS_TRUST },
      { account: ACCOUNT, region: REGION },
    );
  });
  afterAll(() => cloud.close());

  it.each(rows.filter(({ kind }) => kind === 'pod-identity'))('$why', async ({ policy }) => {
    const trust = parsePolicy(policy, { kind: 'trust' });
    await call(
      cloud,
      'iam',
      'UpdateAssumeRolePolicy',
      { RoleName: 'subject', PolicyDocument: JSON.stringify(policy) },
      { account: ACCOUNT, region: REGION },
    );
    for (const tagsDisabled of [false, true]) {
      const role = { account: ACCOUNT, partition: 'aws', roleArn, roleTags: {}, tagsDisabled };
      const request = podIdentity({ ...role, context: { ...podTags(tagsDisabled), ...NO_ORGANIZATION } });
      for (const identity of aroundTheEdge(trust, request)) {
        const { admitted } = admits(trust, request, identity);
        add(admitted);
        if (admitted === 'undecided') continue;
        const got = await getsCredentials(cloud, identity, { roleArn }, tagsDisabled);
        expect([showIdentity(identity), tagsDisabled, got]).toEqual([showIdentity(identity), tagsDisabled, admitted]);
      }
    }
  });

  it('both answers have been given, and few left open', () => {
    expect(counts.admitted).toBeGreaterThan(50);
    expect(counts.refused).toBeGreaterThan(50);
    expect(counts.undecided).toBeLessThan(20);
  });

  /** Somebody inside and somebody outside of what the policy admits, and a few that every policy is asked about. */
  const aroundTheEdge = (trust: PolicyDocument, request: ReturnType<typeof podIdentity>): WorkloadIdentity[] => {
    const { may } = reach(trust, request);
    const edge = [witness(may), witness(difference(everyone(identityUniverse('aws', ACCOUNT)), may))];
    const place = { account: ACCOUNT, region: REGION, cluster: 'payments', namespace: 'pay', serviceAccount: 'api' };
    const always = [place, { ...place, namespace: 'other' }, { ...place, region: 'us-east-1' }];
    return [...always, ...edge.filter((identity) => identity !== undefined)];
  };
});
