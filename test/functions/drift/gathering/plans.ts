/** Grants as they move, and the plans that their executions carry out. */
import type { ObjectRef } from '../../../../functions/drift/contract.ts';
import type { Work } from '../../../../functions/drift/gathering/works.ts';
import { type Grant, type GrantWish, type ResolvedGrant, resolve } from '../../../../functions/grants/index.ts';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import { cluster, config, nothing, PAYMENTS } from '../../grants/samples.ts';

export const API: WorkloadIdentity = { ...cluster(), namespace: 'checkout', serviceAccount: 'api' };
export const ASSOCIATION: ObjectRef = { object: 'association', identity: API };
export const SHARED = `arn:aws:iam::${PAYMENTS}:role/shared/reader`;
export const OWNERS_TRUST = {
  Version: '2012-10-17',
  Statement: [{ Sid: 'Owner', Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

export const ofRole = (roleArn: string): ObjectRef => ({ object: 'role', roleArn });

/** What a version comes to where nothing of it is there, but for the role that others share. */
export const planFor = (grantId: string, version: number, wish: GrantWish): ResolvedGrant => {
  const seen = {
    ...nothing([]),
    roles: [
      {
        roleArn: SHARED,
        present: true as const,
        trust: JSON.stringify(OWNERS_TRUST),
        managedPolicyArns: [],
        inline: {},
        tags: {},
      },
    ],
  };
  return resolve({ grantId, version, wish, seen, grants: [], config });
};

/** The plans of all versions of a grant, by the work. */
export const plansOf =
  (...grants: readonly Grant[]) =>
  ({ work: { grantId, version, do: what } }: Work): ResolvedGrant | undefined => {
    const wish = grants.find(({ id }) => id === grantId)?.versions.find((each) => each.version === version)?.wish;
    return what === 'provision' && wish ? planFor(grantId, version, wish) : undefined;
  };
