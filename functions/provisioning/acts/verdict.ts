/** Whether what can be read is what a grant asks for, one sentence for each thing that is not. Pure. */
import type { FoundAssociation } from '../../aws/eks-associations.ts';
import { differencesOf } from '../../grants/compare-role.ts';
import { type ResolvedAssociation, renderTrust } from '../../grants/index.ts';
import { clusterArn, showIdentity, type WorkloadIdentity } from '../../identity.ts';
import { type ChainSource, chainsOf } from '../../trust/chain.ts';
import type { VerifyGrantInput, VerifyGrantOutput } from '../contract.ts';
import { givesSame } from './association-step.ts';
import { type Bounds, isUnderPath } from './bounds.ts';
import type { Present } from './role-step.ts';

export type Missing = VerifyGrantOutput['missing'][number];
type RoleToVerify = VerifyGrantInput['roles'][number];
type TrustThere = { readonly roleArn: string; readonly trust: string };
type Planned = Omit<ResolvedAssociation, 'differences'>;

/**
 * The trust admits every party and, of a role of ours, nobody else; of an existing one whatever its owner has written besides. By the exact
 * reach, with a witness; what IAM has taken a moment ago it may not show yet.
 */
export const missingOfTrust = (
  { roleArn, parties }: RoleToVerify,
  there: TrustThere | undefined,
  bounds: Bounds,
): Missing[] => {
  const missing = (sentence: string, temporary: boolean): Missing => ({ about: roleArn, sentence, temporary });
  if (there === undefined) return [missing(`IAM shows no role ${roleArn}.`, true)];
  if (there.roleArn !== roleArn) return [missing(`The role of that name is ${there.roleArn}.`, false)];
  const { account, region, partition, trustCharacters: quota } = bounds;
  const into = isUnderPath(roleArn, bounds) ? undefined : there.trust;
  const trust = renderTrust({ parties, role: { account, partition, roleArn }, into, quota });
  if (!('text' in trust)) return [missing(trust.refused, false)];
  const wanted = {
    account,
    roleArn,
    managed: false,
    trust: { parties: [...parties], text: trust.text },
    managedPolicyArns: [],
    inline: {},
    tags: {},
  };
  const shown: Present = { ...there, present: true, managedPolicyArns: [], inline: {}, tags: {} };
  return differencesOf(wanted, shown, region).map((sentence) => missing(sentence, true));
};

/**
 * The role's own permissions let the sessions of these associations get the targets; asked with the tags that they will bear. Without an
 * association there are none to ask with, and only a certain no counts.
 */
export const missingOfChain = (
  { roleArn, mayReach }: RoleToVerify,
  source: ChainSource,
  associations: readonly Planned[],
): Missing[] => {
  const theirs = associations.filter((association) => association.roleArn === roleArn);
  const sessions = theirs.length === 0 ? [undefined] : theirs;
  const sentences = sessions.flatMap((association) => {
    const sessionTags = association && !association.disableSessionTags && tagsOf(association.identity);
    const who = association === undefined ? 'Its sessions' : `Sessions of ${showIdentity(association.identity)}`;
    return chainsOf({ ...source, ...(sessionTags && { sessionTags }) }, mayReach).flatMap(
      ({ targetRoleArn, assumeRole, tagSession }) => {
        const verdicts = [assumeRole, tagSession];
        const isDenied = verdicts.includes('deny');
        if (!isDenied && (association === undefined || !verdicts.includes('undecided'))) return [];
        const doubt = isDenied ? 'may not get' : 'may or may not get';
        return [`${who} ${doubt} ${targetRoleArn} by the permissions of ${roleArn}.`];
      },
    );
  });
  return [...new Set(sentences)].map((sentence) => ({ about: roleArn, sentence, temporary: true }));
};

export const missingOfAssociation = (planned: Planned, there: FoundAssociation | undefined): Missing[] => {
  const whose = showIdentity(planned.identity);
  const missing = (sentence: string): Missing[] => [{ about: whose, sentence, temporary: true }];
  if (there === undefined) return missing(`EKS shows no association of ${whose}.`);
  if (givesSame(planned, there.state)) return [];
  return missing(`Association ${there.state.associationId} of ${whose} does not give what is planned.`);
};

/** By their keys in lower case, as EKS sets them; a pod's name and id nobody knows. */
const tagsOf = (identity: WorkloadIdentity): Readonly<Record<string, string>> => ({
  'eks-cluster-arn': clusterArn(identity),
  'eks-cluster-name': identity.cluster,
  'kubernetes-namespace': identity.namespace,
  'kubernetes-service-account': identity.serviceAccount,
});
