/** Rules about AWS services as principals, other than the one that EKS uses. */
import { BY_PREFIX } from '../../../partition.ts';
import { PODS } from '../../reach/index.ts';
import { isAbout } from '../../reach/policy-formula.ts';
import { inStatements, list, rewrite, show } from '../found.ts';
import type { Rule } from '../rule.ts';
import { found } from './reasons.ts';
import { letsIn, serviceCaller } from './stranger.ts';

/**
 * A service that may take the role on behalf of any account. EC2 is left out: it hands the role to instances that
 * somebody with iam:PassRole gave it to. Info, since many services send no source.
 * IAM Access Analyzer RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL; prowler iam_role_cross_service_confused_deputy_prevention
 * and iam_role_service_trust_restricts_source_to_account.
 */
export const serviceWithoutSource: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const open = servicesIn(statement.principal)
      .filter((service) => service !== PODS && !/^ec2\./.test(service) && isServiceName(service))
      .filter((service) => letsIn(facts.policy, statement, serviceCaller(facts.partition, service)));
    if (open.length === 0) return undefined;
    return found('ServiceWithoutSource', {
      statement,
      sentence: `${show(statement)} lets ${list(open)} use the role on behalf of any account.`,
      witness: open[0],
      remedy: `Add StringEquals aws:SourceAccount \`${facts.account}\`, if the service sends it: ${rewrite(facts)}.`,
    });
  });

/**
 * A service name with a wildcard or of another form than `name.amazonaws.com`, or one that looks like Pod Identity's
 * and is not. IAM Access Analyzer INVALID_SERVICE_PRINCIPAL_FORMAT.
 */
export const servicePrincipalWrong: Rule = (facts) =>
  inStatements(facts, (statement) => {
    const wrong = servicesIn(statement.principal).filter((service) => !isServiceName(service) || isNearMiss(service));
    if (wrong.length === 0) return undefined;
    const meant = wrong.some(isNearMiss) ? `; EKS Pod Identity is \`${PODS}\`` : '';
    return found('ServicePrincipalWrong', {
      statement,
      sentence: `${show(statement)} names ${list(wrong)} as service, which is none${meant}.`,
      witness: wrong[0],
      remedy: `Write the service’s own name, in lower case and without wildcards: ${rewrite(facts)}.`,
    });
  });

/** IAM Access Analyzer MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY. The actions may stand in several statements. */
export const rolesAnywhereActionsMissing: Rule = (facts) => {
  const about = facts.policy.statements.filter(
    ({ effect, principal }) =>
      effect === 'Allow' && servicesIn(principal).some((name) => name.startsWith('rolesanywhere.')),
  );
  const [statement] = about;
  const missing = ROLES_ANYWHERE.filter((action) => !about.some((each) => isAbout(each, action)));
  if (statement === undefined || missing.length === 0) return [];
  return [
    found('RolesAnywhereActionsMissing', {
      statement,
      sentence: `IAM Roles Anywhere gets no session of this role: ${list(missing)} missing.`,
      witness: missing[0],
      remedy: `Add the actions: ${rewrite(facts)}.`,
    }),
  ];
};

const ROLES_ANYWHERE = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] as const;

const servicesIn = (
  principal: { readonly services: ReadonlySet<string>; readonly negated: boolean } | undefined,
): readonly string[] => (principal === undefined || principal.negated ? [] : [...principal.services]);

/** DNS suffixes of all partitions: some services bear the commercial one everywhere. */
const SUFFIXES = ['amazonaws.com', ...BY_PREFIX.map(([, { dnsSuffix }]) => dnsSuffix)];

const isServiceName = (service: string): boolean =>
  /^[a-z0-9.-]+$/.test(service) &&
  (SUFFIXES.some((suffix) => service.endsWith(`.${suffix}`)) ||
    /^[a-z0-9.-]+\.(?:aws\.internal|amazon\.com|api\.aws)$/.test(service));

/** `pod.eks.amazonaws.com`, `pods.eks.amazonaws.com.cn`, `eks-pods.amazonaws.com`; Fargate's has a name of its own. */
const isNearMiss = (service: string): boolean =>
  service !== PODS && /pod/i.test(service) && /eks/i.test(service) && !service.startsWith('eks-fargate');
