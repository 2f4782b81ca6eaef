/** What IAM refuses in a trust policy only, told with IAM's messages. In doubt a form passes: to call a stored policy refused would hide whom it admits. */
import { parseArn } from '../partition.ts';
import { memberPath, PolicyMalformed } from './malformed.ts';
import { membersOf, stringsOf } from './shape.ts';

/**
 * Judges a Principal element that is well-formed otherwise.
 *
 * - `"*"` alone passes: IAM has refused it ("AssumeRolepolicy contained an invalid principal", aws-cdk issue 5732), but nobody
 *   documents that it always does.
 * - Services are named in full: `lambda` and `*.amazonaws.com` are "Invalid principal in policy".
 * - Federated principals are "valid domain names or SAML metadata ARNs" (terraform-aws-eks issues 2594 and 2939), and
 *   providers of OIDC by their ARNs.
 * - Groups are no principals (IAM guide, "Principal": "You cannot identify a user group as a principal in a policy").
 * @throws PolicyMalformed
 */
export const judgeTrustPrincipal = (element: unknown, path: string): void => {
  if (element === '*') return;
  for (const [kind, values] of membersOf(element, path)) {
    for (const [value, valuePath] of stringsOf(values, memberPath(path, kind))) {
      const problem = PROBLEMS.get(kind)?.(value);
      if (problem !== undefined) throw new PolicyMalformed(valuePath, problem);
    }
  }
};

/**
 * Actions of other services. Which of STS's own IAM refuses, and whether `*`, is not documented: they pass. So does
 * `eks-auth:…`, which stands in trust policies that people publish; it says nothing there.
 * @throws PolicyMalformed
 */
export const judgeTrustAction = (action: string, path: string): void => {
  if (!/^(?:\*+$|sts:|eks-auth:)/i.test(action)) {
    throw new PolicyMalformed(path, 'AssumeRole policy may only specify STS AssumeRole actions.');
  }
};

const DOMAIN = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i;

const PROBLEMS: ReadonlyMap<string, (value: string) => string | undefined> = new Map([
  [
    'Service',
    (value: string) =>
      value === '*' || DOMAIN.test(value) ? undefined : `Invalid principal in policy: "SERVICE":"${value}"`,
  ],
  ['AWS', (value: string) => (isGroup(value) ? `Invalid principal in policy: "AWS":"${value}"` : undefined)],
  [
    'Federated',
    (value: string) =>
      isProvider(value) ? undefined : 'Federated principals must be valid domain names or SAML metadata ARNs',
  ],
]);

const isGroup = (value: string): boolean => parseArn(value)?.resource.startsWith('group/') ?? false;

/** A path after the domain passes: `oidc.eks.….amazonaws.com/id/X` names no provider of an account, and admits nobody. */
const isProvider = (value: string): boolean => {
  if (!value.startsWith('arn:')) return value === '*' || DOMAIN.test(value.split('/', 1)[0] ?? '');
  const arn = parseArn(value);
  return (
    arn?.service === 'iam' &&
    arn.region === '' &&
    /^\d{12}$/.test(arn.account) &&
    /^(?:oidc|saml)-provider\/./.test(arn.resource)
  );
};
