/**
 * Who an IAM principal is in a cluster changed: `CreateAccessEntry`, `UpdateAccessEntry`, `DeleteAccessEntry`, `AssociateAccessPolicy`,
 * `DisassociateAccessPolicy`. A published record has the principal percent-encoded where it stands in the path.
 */
import * as z from 'zod';
import type { ClusterRef } from '../identity.ts';
import { changeKind } from './change-kind.ts';
import { answerOf, checkAnsweredPlace, EKS, REQUEST, readCluster, Text } from './cluster-fields.ts';
import { type ChangeRecord, parsed } from './record.ts';

export type AccessEntryFacts = {
  readonly cluster: ClusterRef;
  /** A role or a user, of any account. */
  readonly principalArn: string;
  readonly did: 'created' | 'updated' | 'deleted' | 'policy-associated' | 'policy-disassociated';
};

const PrincipalArn = Text.pipe(
  z
    .string()
    .max(2048)
    .regex(/^arn:[^:\s]+:iam::\d{12}:[!-~]+$/, 'the ARN of an IAM principal was expected'),
);

const change =
  (did: AccessEntryFacts['did']) =>
  (record: ChangeRecord): AccessEntryFacts => {
    const { response, request } = record;
    const answered = answerOf(record, 'accessEntry');
    checkAnsweredPlace(record, answered.accessEntryArn, 'accessEntry.accessEntryArn');
    // The calls on policies answer with the entry's fields unwrapped (API reference, AssociateAccessPolicy).
    const principal = answered.principalArn ?? response.principalArn ?? request.principalArn;
    return {
      cluster: readCluster(record, { clusterName: answered.clusterName ?? response.clusterName }),
      principalArn: parsed(PrincipalArn, principal, `${REQUEST}.principalArn`),
      did,
    };
  };

export const accessEntryChanged = changeKind('AccessEntryChanged', EKS, {
  CreateAccessEntry: change('created'),
  UpdateAccessEntry: change('updated'),
  DeleteAccessEntry: change('deleted'),
  AssociateAccessPolicy: change('policy-associated'),
  DisassociateAccessPolicy: change('policy-disassociated'),
});
