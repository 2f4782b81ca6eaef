/** Arbitrary identities with names as AWS and Kubernetes allow them, and neighbours that differ in one part. */
import fc from 'fast-check';
import { sameIdentity, type WorkloadIdentity } from '../../../functions/identity.ts';

const label = (max: number) =>
  fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/).filter((name) => name.length <= max);

export const identities: fc.Arbitrary<WorkloadIdentity> = fc.record({
  account: fc.stringMatching(/^\d{12}$/),
  region: fc.constantFrom('eu-west-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1', 'us-isob-east-1'),
  cluster: fc.stringMatching(/^[0-9A-Za-z][0-9A-Za-z_-]{0,30}$/),
  namespace: label(63),
  serviceAccount: fc.array(label(30), { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.')),
});

const PARTS: Array<keyof WorkloadIdentity> = ['account', 'region', 'cluster', 'namespace', 'serviceAccount'];

/** Two identities that differ in at least one part. */
export const twoIdentities: fc.Arbitrary<readonly [WorkloadIdentity, WorkloadIdentity]> = fc
  .tuple(identities, identities, fc.subarray(PARTS, { minLength: 1 }))
  .map(([one, other, parts]) => {
    const differing = Object.fromEntries(parts.map((part) => [part, other[part]]));
    return [one, { ...one, ...differing }] as const;
  })
  .filter(([one, other]) => !sameIdentity(one, other));
