/** The roles to which a grant's roles lead, by AssumeRole and PassRole, in any number of steps: granting one is granting these. Pure. */
import { permissionsOf, type RoleFacts, type RolePolicy } from '../../grants/guardrails/index.ts';
import type { ResolvedGrant, Seen } from '../../grants/index.ts';
import { parseArn } from '../../partition.ts';

export type Read = { readonly seen: Seen; readonly documents: Readonly<Record<string, string>> };

/** So many roles a grant may lead to; of more, the rest stays unread, which guardrails take for the worst. */
const MOST = 50;

/** With the policies of those that were read; the others say that nobody could. Roles named by a pattern are the permission's own matter. */
export const rolesBeyond = (resolved: ResolvedGrant, { seen, documents }: Read): readonly RoleFacts[] => {
  const found = new Map<string, RoleFacts>();
  const own = new Set(resolved.roles.map(({ roleArn }) => roleArn));
  const follow = (from: string, policies: readonly RolePolicy[]): void => {
    for (const { arn, as } of leadsTo(policies)) {
      if (own.has(arn) || found.has(arn) || found.size >= MOST) continue;
      const facts = factsOf(arn, as, from, { seen, documents });
      found.set(arn, facts);
      follow(arn, facts.policies);
    }
  };
  for (const { roleArn, managed, managedPolicyArns, inline } of resolved.roles) {
    const there = managed ? undefined : present(seen, roleArn);
    follow(
      roleArn,
      policiesOf(there?.managedPolicyArns ?? managedPolicyArns, { ...there?.inline, ...inline }, documents),
    );
  }
  return [...found.values()];
};

/** The managed policies of roles that are there and whose documents nobody has asked for, with the account to ask. */
export const policiesToRead = ({ seen, documents }: Read): readonly { readonly arn: string; readonly of: string }[] =>
  seen.roles.flatMap((role) =>
    role.present
      ? role.managedPolicyArns
          .filter((arn) => documents[arn] === undefined)
          .map((arn) => ({ arn, of: parseArn(role.roleArn)?.account ?? '' }))
      : [],
  );

const leadsTo = (
  policies: readonly RolePolicy[],
): readonly { readonly arn: string; readonly as: 'assumed' | 'passed' }[] =>
  policies.flatMap(permissionsOf).flatMap(({ assumesRoles, passesRoles, resources }) => {
    if (!assumesRoles && !passesRoles) return [];
    const as = assumesRoles ? 'assumed' : 'passed';
    return resources
      .filter((arn) => !/[*?$]/.test(arn) && parseArn(arn)?.resource.startsWith('role/') === true)
      .map((arn) => ({ arn, as }) as const);
  });

const factsOf = (arn: string, as: 'assumed' | 'passed', through: string, { seen, documents }: Read): RoleFacts => {
  const there = seen.roles.find(({ roleArn }) => roleArn === arn);
  const common = { arn, as, through, exists: there?.present !== false, ours: false, optedIn: false, excluded: false };
  if (there === undefined) return { ...common, policies: [], unread: 'nobody could read the role' };
  if (!there.present) return { ...common, policies: [] };
  return {
    ...common,
    ...(there.boundary !== undefined && { boundary: there.boundary }),
    policies: policiesOf(there.managedPolicyArns, there.inline, documents),
  };
};

const policiesOf = (
  managed: readonly string[],
  inline: Readonly<Record<string, string>>,
  documents: Read['documents'],
): readonly RolePolicy[] => [
  ...managed.map((name) => ({ name, ...(documents[name] !== undefined && { document: documents[name] }) })),
  ...Object.entries(inline).map(([name, document]) => ({ name, document })),
];

const present = ({ roles }: Seen, roleArn: string) => {
  const role = roles.find((each) => each.roleArn === roleArn);
  return role?.present === true ? role : undefined;
};
