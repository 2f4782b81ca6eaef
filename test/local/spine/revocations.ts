/** What came of revocations: their rows, their results, the denies on the roles. */
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, NoSuchEntityException } from '@aws-sdk/client-iam';
import { RevocationResult } from '../../../functions/revocation/result.ts';
import type { RevocationRow } from '../../../functions/store/revocation-row.ts';
import type { Local } from '../../../local/start.ts';
import { as, eventually, type Place, storeOf } from './harness.ts';

/** Every revocation of a service account, oldest first. */
export const revocationsOf = async (local: Local, place: Place): Promise<RevocationRow[]> => {
  const { revocations } = await storeOf(local).revocations.list({ limit: 1000, oldestFirst: true });
  return revocations.filter(
    ({ revocation: { identity } }) =>
      identity.serviceAccount === place.serviceAccount &&
      identity.namespace === place.namespace &&
      identity.cluster === place.context &&
      (place.region === undefined || identity.region === place.region),
  );
};

/** Waits until so many revocations of a service account have ended, and none runs; gives the last one. */
export const ended = (local: Local, place: Place, number = 1): Promise<RevocationRow> =>
  eventually(`${number} ended revocations of ${place.serviceAccount}`, async () => {
    const rows = await revocationsOf(local, place);
    return rows.length >= number && rows.every(({ status }) => status === 'ended') && rows.at(-1);
  });

/** What `record` concluded, read as the command line reads it. */
export const resultOf = ({ story }: RevocationRow): RevocationResult => RevocationResult.parse(story);

/** The reasons of a result's findings, worst first. */
export const reasonsOf = (row: RevocationRow): string[] => resultOf(row).findings.map(({ reason }) => reason);

export type Deny = {
  readonly name: string;
  readonly condition: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

/** The denies of ours on a role; none when there is no such role. */
export const deniesOn = async (local: Local, profile: string, RoleName: string): Promise<Deny[]> => {
  const iam = new IAMClient(as(local, profile));
  try {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const ours = PolicyNames.filter((name) => name.startsWith('podid-deny-'));
    return await Promise.all(
      ours.map(async (name) => {
        const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: name }));
        return { name, condition: JSON.parse(decodeURIComponent(PolicyDocument)).Statement[0].Condition };
      }),
    );
  } catch (error) {
    if (error instanceof NoSuchEntityException) return [];
    throw error;
  }
};
