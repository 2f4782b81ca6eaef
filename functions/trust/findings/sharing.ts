/** Rules about roles that several clusters or several applications have in common. */
import { clusterArn, showIdentity } from '../../identity.ts';
import type { RoleUse } from './facts.ts';
import { list } from './found.ts';
import { found } from './reasons.ts';
import type { Rule } from './rule.ts';

export const sharedByClusters: Rule = ({ associations = [] }) => {
  const clusters = namesOf(associations, ({ identity }) => clusterArn(identity));
  if (clusters.length < 2) return [];
  return [
    found('SharedByClusters', {
      sentence: `${clusters.length} clusters share the role: ${list(clusters)}.`,
      witness: clusters[1],
      remedy: `If they need not have the same access, give each cluster a role of its own: ${AUTHOR}.`,
    }),
  ];
};

/** By namespaces, which is how applications are kept apart in a cluster. */
export const sharedByApplications: Rule = ({ associations = [] }) => {
  const namespaces = namesOf(associations, ({ identity }) => identity.namespace);
  if (namespaces.length < 2) return [];
  const other = associations.find(({ identity }) => identity.namespace === namespaces[1]);
  return [
    found('SharedByApplications', {
      sentence: `The namespaces ${list(namespaces)} share the role: each has the access of all.`,
      witness: other && showIdentity(other.identity),
      remedy: `Give each namespace a role of its own: ${AUTHOR}, then \`aws eks update-pod-identity-association --role-arn ROLE_ARN\`; or let the role's permissions depend on the session tags: \`podid abac\`.`,
    }),
  ];
};

const AUTHOR = '`podid trust author --identity CLUSTER_ARN/NAMESPACE/NAME`';

const namesOf = (associations: readonly RoleUse[], nameOf: (use: RoleUse) => string): readonly string[] =>
  [...new Set(associations.map(nameOf))].toSorted();
