/** Associations as somebody with the account's credentials makes and takes them. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  EKSClient,
  ListPodIdentityAssociationsCommand,
  UpdatePodIdentityAssociationCommand,
} from '@aws-sdk/client-eks';
import type { Local } from '../../../local/start.ts';
import { besideCluster, type Place } from './harness.ts';

/** What an association gives. */
export type Gives = {
  readonly roleArn: string;
  readonly targetRoleArn?: string;
  readonly disableSessionTags?: boolean;
};

/** Creates the association of a service account. */
export const associate = async (local: Local, place: Place, gives: Gives): Promise<void> => {
  const { context: clusterName, namespace, serviceAccount } = place;
  await eksOf(local, place).send(
    new CreatePodIdentityAssociationCommand({ clusterName, namespace, serviceAccount, ...gives }),
  );
};

/** Deletes the association of a service account. */
export const dissociate = async (local: Local, place: Place): Promise<void> => {
  await eksOf(local, place).send(
    new DeletePodIdentityAssociationCommand({
      clusterName: place.context,
      associationId: await associationId(local, place),
    }),
  );
};

/** Changes what the association of a service account gives. */
export const change = async (local: Local, place: Place, gives: Partial<Gives>): Promise<void> => {
  await eksOf(local, place).send(
    new UpdatePodIdentityAssociationCommand({
      clusterName: place.context,
      associationId: await associationId(local, place),
      ...gives,
    }),
  );
};

const associationId = async (local: Local, place: Place): Promise<string> => {
  const { context: clusterName, namespace, serviceAccount } = place;
  const { associations } = await eksOf(local, place).send(
    new ListPodIdentityAssociationsCommand({ clusterName, namespace, serviceAccount }),
  );
  const id = associations?.[0]?.associationId;
  if (id === undefined) throw new Error(`${namespace}/${serviceAccount} in ${clusterName} has no association`);
  return id;
};

const eksOf = (local: Local, place: Place): EKSClient =>
  new EKSClient(besideCluster(local, place.context, place.region));
