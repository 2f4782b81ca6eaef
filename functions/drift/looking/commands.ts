/** What a person would run where podid may not write. Pure. */
import type { Action, Actual, ObjectRef } from '../contract.ts';
import { kindOf, nameOf } from '../facets/index.ts';

/** Documents are too long for a line: they stand for a file. Undefined: there is no one command. */
export const commandFor = (ref: ObjectRef, action: Action, { facets }: Actual): string | undefined => {
  if (ref.object === 'role') return onRole(ref.roleArn.split('/').at(-1) ?? ref.roleArn, action);
  if (ref.object === 'cluster') return undefined;
  const { cluster, region } = ref.identity;
  const id = facets.exists ?? 'ID';
  const place = `--region ${region} --cluster-name ${cluster}`;
  const update = `aws eks update-pod-identity-association ${place} --association-id ${id}`;
  const { facet: on, to } = action;
  switch (on) {
    case 'exists':
      return to === null && facets.exists !== undefined
        ? `aws eks delete-pod-identity-association ${place} --association-id ${id}`
        : undefined;
    case 'role':
      return to === null ? undefined : `${update} --role-arn ${to}`;
    case 'target':
      return `${update} --target-role-arn '${to ?? ''}'`;
    case 'session-tags':
      return `${update} ${to === 'off' ? '--disable-session-tags' : '--no-disable-session-tags'}`;
    case 'policy':
      return `${update} --policy ${to === null ? "''" : 'file://session-policy.json'}`;
    default:
      return undefined;
  }
};

const onRole = (name: string, { facet: on, to }: Action): string | undefined => {
  const what = nameOf(on);
  switch (kindOf(on)) {
    case 'trust':
      return `aws iam update-assume-role-policy --role-name ${name} --policy-document file://trust.json`;
    case 'attached':
      return to === null
        ? `aws iam detach-role-policy --role-name ${name} --policy-arn ${what}`
        : `aws iam attach-role-policy --role-name ${name} --policy-arn ${what}`;
    case 'inline':
      return to === null
        ? `aws iam delete-role-policy --role-name ${name} --policy-name ${what}`
        : `aws iam put-role-policy --role-name ${name} --policy-name ${what} --policy-document file://policy.json`;
    case 'boundary':
      return to === null
        ? `aws iam delete-role-permissions-boundary --role-name ${name}`
        : `aws iam put-role-permissions-boundary --role-name ${name} --permissions-boundary ${to}`;
    case 'tag':
      return to === null
        ? `aws iam untag-role --role-name ${name} --tag-keys ${what}`
        : `aws iam tag-role --role-name ${name} --tags Key=${what},Value=${to}`;
    case 'version':
      return `aws iam set-default-policy-version --policy-arn ${what} --version-id VERSION`;
    default:
      return undefined;
  }
};
