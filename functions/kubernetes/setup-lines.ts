/** The objects of `infra/kubernetes`, as a cluster has them, in the lines of `functions/kubernetes-setup.ts`. Pure. */
import { createHash } from 'node:crypto';
import type {
  RbacV1Subject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1PolicyRule,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicyBinding,
  V1ValidatingAdmissionPolicySpec,
} from '@kubernetes/client-node';
import { SETUP_POLICY, SETUP_ROLES } from '../kubernetes-setup.ts';

/** Those that are there, and may be read. */
export type SetupSeen = {
  readonly roles: readonly V1ClusterRole[];
  readonly bindings: readonly V1ClusterRoleBinding[];
  readonly policy?: V1ValidatingAdmissionPolicy | undefined;
  readonly policyBinding?: V1ValidatingAdmissionPolicyBinding | undefined;
};

/** Ten times what is deployed: the hub keeps the lines in a row, and whoever may write a ClusterRole could fill more than one holds. */
const MOST_LINES = 500;

/** In order, each once: what our groups may do by a role and its binding, and the policy where its binding enforces it. */
export const setupLines = ({ roles, bindings, policy, policyBinding }: SetupSeen): string[] => {
  const allowed = bindings.flatMap((binding) => {
    const rules = roles.find((role) => isBound(binding, role))?.rules ?? [];
    const groups = SETUP_ROLES.filter((group) => binding.subjects?.some((subject) => isGroup(subject, group)));
    return groups.flatMap((group) => rules.flatMap(linesOfRule).map((line) => `${group} ${line}`));
  });
  const enforced = policyBinding !== undefined && isEnforcing(policyBinding) ? policy?.spec : undefined;
  const denied = enforced === undefined ? [] : [`${SETUP_POLICY} ${specDigest(enforced)}`];
  return [...new Set([...denied, ...allowed])].slice(0, MOST_LINES).toSorted();
};

/** SHA-256 in hexadecimal of all that the policy says, without what the API server fills in. */
export const specDigest = (spec: V1ValidatingAdmissionPolicySpec): string =>
  createHash('sha256').update(canonical(spec)).digest('hex');

const isBound = ({ roleRef }: V1ClusterRoleBinding, { metadata }: V1ClusterRole): boolean =>
  roleRef.apiGroup === 'rbac.authorization.k8s.io' && roleRef.kind === 'ClusterRole' && roleRef.name === metadata?.name;

const isGroup = ({ kind, name }: RbacV1Subject, group: string): boolean => kind === 'Group' && name === group;

/** A rule about paths that are no resources has none, and so no line. */
const linesOfRule = ({ verbs, apiGroups = [], resources = [], resourceNames = [] }: V1PolicyRule): string[] =>
  verbs.flatMap((verb) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((plural) => {
        const line = `${verb} ${group === '' ? plural : `${plural}.${group}`}`;
        return resourceNames.length === 0 ? [line] : resourceNames.map((name) => `${line} ${name}`);
      }),
    ),
  );

/** For every request that the policy is about: one that is narrowed is as good as none. */
const isEnforcing = ({ spec }: V1ValidatingAdmissionPolicyBinding): boolean =>
  spec?.policyName === SETUP_POLICY &&
  spec.validationActions.includes('Deny') &&
  spec.paramRef === undefined &&
  canonical(spec.matchResources ?? {}) === canonical({});

/** https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy: what stands for the same as its absence. */
const DEFAULTS: Readonly<Record<string, string>> = { failurePolicy: 'Fail', matchPolicy: 'Equivalent', scope: '*' };

const canonical = (value: object): string => JSON.stringify(plain(value));

/** Keys in order; defaults, and lists and selectors with nothing in them, left out. YAML's parsers don't agree on where a folded line ends, and CEL doesn't care. */
const plain = (value: unknown): unknown => {
  if (typeof value === 'string') return value.replace(/\s+/g, ' ').trim();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, member]) => [key, plain(member)] as const);
  return Object.fromEntries(
    entries.filter(([key, member]) => !isNothing(key, member)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
};

const isNothing = (key: string, member: unknown): boolean =>
  member === undefined ||
  member === DEFAULTS[key] ||
  (typeof member === 'object' && member !== null && Object.keys(member).length === 0);
