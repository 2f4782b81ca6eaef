/** A managed policy says something else: `CreatePolicyVersion`, `SetDefaultPolicyVersion`, `DeletePolicyVersion`, `DeletePolicy`. */
import { changeKind, type NoChange } from './change-kind.ts';
import type { ChangeRecord } from './record.ts';
import { IAM, readPolicyArn } from './role-fields.ts';

export type ManagedPolicyFacts = {
  readonly what: 'version-created' | 'default-version-set' | 'version-deleted' | 'deleted';
  readonly policyArn: string;
};

const change =
  (what: ManagedPolicyFacts['what']) =>
  (record: ChangeRecord): ManagedPolicyFacts => ({ what, policyArn: readPolicyArn(record) });

/** Only the default version gives or denies anything; whoever makes this one the default later leaves an event of his own. */
const versionCreated = (record: ChangeRecord): ManagedPolicyFacts | NoChange =>
  isDefault(record)
    ? change('version-created')(record)
    : { kind: 'NoChange', because: 'the new version of the policy is not its default one: nobody may do more or less' };

// The API's default is false. What is neither of the two is taken for a change: judging once more does no harm.
const isDefault = ({ request, response }: ChangeRecord): boolean => {
  const answered: unknown = Object(response.policyVersion).isDefaultVersion;
  const told = answered ?? request.setAsDefault ?? false;
  return told !== false && told !== 'false';
};

/**
 * IAM deletes neither a default version nor an attached policy, so what a deletion means came with an event before it. It is told all the
 * same, since that event may be the one that was lost.
 */
export const managedPolicyChanged = changeKind('ManagedPolicyChanged', IAM, {
  CreatePolicyVersion: versionCreated,
  SetDefaultPolicyVersion: change('default-version-set'),
  DeletePolicyVersion: change('version-deleted'),
  DeletePolicy: change('deleted'),
});
