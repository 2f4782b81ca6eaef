/**
 * An association as its events tell it. No record of these calls is public (reference/pod-identity.md, "CloudTrail events"): URI labels
 * are expected under their wire names, percent-encoded, and the whole association in the response.
 */
import * as z from 'zod';
import { AssociationState, RoleArn } from '../association.ts';
import type { ClusterRef, WorkloadIdentity } from '../identity.ts';
import { partitionOf } from '../partition.ts';
import { checkPlace, REQUEST, RESPONSE as RESPONSES, readCluster, Text } from './cluster-fields.ts';
import { readInstant } from './instants.ts';
import { present } from './present.ts';
import { type ChangeRecord, parsed } from './record.ts';

export { EKS } from './cluster-fields.ts';

const RESPONSE = `${RESPONSES}.association`;

// Clearing a field is sending "" (EKS API, UpdatePodIdentityAssociation); a null is as good as absent.
const Blank = z.union([z.literal(''), z.null()]).transform(() => undefined);
const optional = <Schema extends z.ZodType>(schema: Schema) => z.union([Blank, schema]).optional();

const AssociationId = Text.pipe(z.string().regex(/^[0-9A-Za-z-]{1,64}$/, 'an association id was expected'));
const Namespace = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'no namespace can have this name');
const ServiceAccount = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'no service account can have this name');

const Fields = z.object({
  associationId: AssociationId,
  namespace: Namespace,
  serviceAccount: ServiceAccount,
  roleArn: Text.pipe(RoleArn),
  targetRoleArn: optional(Text.pipe(RoleArn)),
  disableSessionTags: z.boolean().nullish(),
  policy: optional(z.string()),
  ownerArn: optional(Text),
  associationArn: optional(Text),
  createdAt: z.unknown().transform(readInstant),
  modifiedAt: z.unknown().transform(readInstant),
});

/** Where an association is, which one, and, when the record tells it, whose and in which state. */
export type AssociationIds = { readonly cluster: ClusterRef; readonly associationId: string };
export type AssociationFacts = { readonly identity: WorkloadIdentity; readonly state: AssociationState };

/** The ids alone: all that the request of an update or a deletion has. @throws EventMalformed */
export const readIds = (record: ChangeRecord): AssociationIds => {
  const response = record.response.association === undefined ? {} : { ...record.response.association };
  const both: Record<string, unknown> = { ...record.request, ...response };
  return {
    cluster: readCluster(record, both),
    associationId: parsed(AssociationId, both.associationId, `${REQUEST}.associationId`),
  };
};

/** Whether the response has an association at all; a deletion's may lack it. */
export const hasAssociation = ({ response }: ChangeRecord): boolean =>
  response.association !== undefined && response.association !== null;

/** The association with all its fields: the response's word counts, the request's where it says nothing. @throws EventMalformed */
export const readAssociation = (record: ChangeRecord): AssociationFacts => {
  const response = parsed(z.record(z.string(), z.unknown()), record.response.association, RESPONSE);
  const both = { ...record.request, ...response };
  const fields = parsed(Fields, both, RESPONSE);
  const cluster = readCluster(record, both);
  return {
    identity: { ...cluster, namespace: fields.namespace, serviceAccount: fields.serviceAccount },
    state: AssociationState.parse(
      present({
        associationId: fields.associationId,
        associationArn: associationArn(cluster, fields),
        roleArn: fields.roleArn,
        targetRoleArn: fields.targetRoleArn,
        disableSessionTags: fields.disableSessionTags ?? false,
        policy: fields.policy,
        ownerArn: fields.ownerArn,
        createdAt: fields.createdAt,
        modifiedAt: fields.modifiedAt,
      }),
    ),
  };
};

const associationArn = (
  cluster: ClusterRef,
  { associationArn: arn, associationId }: { associationArn?: string | undefined; associationId: string },
): string => {
  const { account, region } = cluster;
  if (arn === undefined)
    return `arn:${partitionOf(region).name}:eks:${region}:${account}:podidentityassociation/${cluster.cluster}/${associationId}`;
  checkPlace(cluster, arn, `${RESPONSE}.associationArn`);
  return arn;
};
