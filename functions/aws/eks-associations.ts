/** EKS in this account and region: Pod Identity associations found, made, changed and removed. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  type PodIdentityAssociation,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import type { AssociationState } from '../association.ts';
import { sameIdentity, type WorkloadIdentity } from '../identity.ts';
import { failureOf } from '../runtime/aws-failures.ts';
import { answerIfThere, answerOf, codeOf } from './edge.ts';
import { associationOf, eks, eksFor, listAssociations } from './eks.ts';
import type { Asker } from './iam-client.ts';

/** An association with its tags. */
export type FoundAssociation = {
  readonly identity: WorkloadIdentity;
  readonly state: AssociationState;
  readonly tags: Record<string, string>;
};

/** What an association is to give. */
export type Gives = Pick<AssociationState, 'roleArn' | 'targetRoleArn' | 'disableSessionTags' | 'policy'>;

/** The association of an identity; undefined when it, or its cluster, isn't there. */
export const findAssociation = async (identity: WorkloadIdentity): Promise<FoundAssociation | undefined> => {
  const { cluster, namespace, serviceAccount } = identity;
  const page = await listAssociations(cluster, { namespace, serviceAccount });
  for (const id of page?.ids ?? []) {
    const found = await readAssociation(identity, id);
    if (found !== undefined && sameIdentity(found.identity, identity)) return found;
  }
  return undefined;
};

/** The association of an id, whosesoever it is; undefined when it, or its cluster, isn't there. */
export const readAssociation = async (
  where: Pick<WorkloadIdentity, 'account' | 'region' | 'cluster'>,
  associationId: string,
): Promise<FoundAssociation | undefined> => {
  const answer = await answerIfThere('eks:DescribePodIdentityAssociation', () =>
    eks().send(new DescribePodIdentityAssociationCommand({ clusterName: where.cluster, associationId })),
  );
  return answer?.association === undefined ? undefined : found(where, answer.association);
};

/**
 * What EKS answered; `because` is what it said.
 * - `exists`: the service account has an association.
 * - `not-visible`: EKS doesn't see the role or its trust yet.
 * - `refused`: it will never be taken in this form.
 */
export type Associated =
  | { readonly status: 'done'; readonly association: FoundAssociation }
  | { readonly status: 'exists' | 'gone' | 'not-visible' | 'refused'; readonly because: string };

/** `token`: the same one gives the same association. @throws Failure Throttled, ServiceUnavailable, AccessDenied */
export const createAssociation = (
  identity: WorkloadIdentity,
  gives: Gives,
  tags: Readonly<Record<string, string>>,
  token: string,
  asker?: Asker,
): Promise<Associated> => {
  const { cluster: clusterName, namespace, serviceAccount } = identity;
  const { roleArn, targetRoleArn, disableSessionTags, policy } = gives;
  return answered('eks:CreatePodIdentityAssociation', identity, () =>
    eksFor(asker).send(
      new CreatePodIdentityAssociationCommand({
        clusterName,
        namespace,
        serviceAccount,
        roleArn,
        disableSessionTags,
        tags: { ...tags },
        clientRequestToken: token,
        ...(targetRoleArn !== undefined && { targetRoleArn }),
        ...(policy !== undefined && { policy }),
      }),
    ),
  );
};

/** Changes what is `before` into what it is to give. What is to be no more is cleared by an empty text. */
export const updateAssociation = (
  before: FoundAssociation,
  gives: Gives,
  token: string,
  asker?: Asker,
): Promise<Associated> => {
  const { identity, state } = before;
  const { roleArn, targetRoleArn = '', disableSessionTags, policy = '' } = gives;
  return answered('eks:UpdatePodIdentityAssociation', identity, () =>
    eksFor(asker).send(
      new UpdatePodIdentityAssociationCommand({
        clusterName: identity.cluster,
        associationId: state.associationId,
        roleArn,
        disableSessionTags,
        clientRequestToken: token,
        ...(targetRoleArn !== (state.targetRoleArn ?? '') && { targetRoleArn }),
        ...(policy !== (state.policy ?? '') && { policy }),
      }),
    ),
  );
};

/** Undefined when it was gone already. */
export const deleteAssociation = async (
  cluster: string,
  associationId: string,
  asker?: Asker,
): Promise<string | undefined> => {
  const answer = await answerIfThere('eks:DeletePodIdentityAssociation', () =>
    eksFor(asker).send(new DeletePodIdentityAssociationCommand({ clusterName: cluster, associationId })),
  );
  return answer?.association?.associationId;
};

export const tagAssociation = async (
  arn: string,
  tags: Readonly<Record<string, string>>,
  asker?: Asker,
): Promise<void> => {
  await answerOf('eks:TagResource', () =>
    eksFor(asker).send(new TagResourceCommand({ resourceArn: arn, tags: { ...tags } })),
  );
};

export const untagAssociation = async (arn: string, keys: readonly string[], asker?: Asker): Promise<void> => {
  await answerOf('eks:UntagResource', () =>
    eksFor(asker).send(new UntagResourceCommand({ resourceArn: arn, tagKeys: [...keys] })),
  );
};

const answered = async (
  call: string,
  identity: WorkloadIdentity,
  send: () => Promise<{ association?: PodIdentityAssociation | undefined }>,
): Promise<Associated> => {
  try {
    const { association } = await send();
    if (association === undefined) return { status: 'not-visible', because: `${call} was answered with nothing` };
    return { status: 'done', association: found(identity, association) };
  } catch (error) {
    const status = ANSWERS[codeOf(error)];
    if (status === undefined || !(error instanceof Error)) throw failureOf(call, error);
    const early = status === 'refused' && NOT_YET.test(error.message);
    return { status: early ? 'not-visible' : status, because: error.message };
  }
};

/** "Errors" of these calls (EKS API reference). */
const ANSWERS: Readonly<Record<string, Exclude<Associated['status'], 'done'>>> = {
  ResourceInUseException: 'exists',
  ResourceNotFoundException: 'gone',
  InvalidParameterException: 'refused',
  InvalidRequestException: 'refused',
  ResourceLimitExceededException: 'refused',
};

/** Straight after CreateRole: `Role provided in the request does not exist`; after a trust was written, the trust of before. */
const NOT_YET = /role provided in the request does not exist|trust policy of the role/i;

const found = (
  { account, region, cluster }: Pick<WorkloadIdentity, 'account' | 'region' | 'cluster'>,
  association: PodIdentityAssociation,
): FoundAssociation => {
  const { namespace, serviceAccount, state } = associationOf(association);
  return { identity: { account, region, cluster, namespace, serviceAccount }, state, tags: association.tags ?? {} };
};
