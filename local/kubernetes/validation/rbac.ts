/** What roles and bindings may say (pkg/apis/rbac/validation). */
import type { JsonObject } from '../json.ts';
import { nameErrors } from '../names.ts';
import { type FieldError, invalidValue, requiredValue } from '../status.ts';
import { at, list, oneOf, type Rule } from './fields.ts';

export const roleErrors: Rule = (fields) =>
  list(fields.rules).flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, true));

export const clusterRoleErrors: Rule = (fields) =>
  list(fields.rules).flatMap((rule, index) => ruleErrors(rule, `rules[${index}]`, false));

const isEmpty = (value: JsonObject[string] | undefined): boolean => !Array.isArray(value) || value.length === 0;

const ruleErrors = (rule: JsonObject, path: string, namespaced: boolean): FieldError[] => {
  const verbs = isEmpty(rule.verbs) ? [requiredValue(`${path}.verbs`, 'verbs must contain at least one value')] : [];
  if (!isEmpty(rule.nonResourceURLs)) {
    const field = `${path}.nonResourceURLs`;
    const urls = rule.nonResourceURLs ?? [];
    if (namespaced) return [...verbs, invalidValue(field, urls, 'namespaced rules cannot apply to non-resource URLs')];
    const both = !isEmpty(rule.apiGroups) || !isEmpty(rule.resources) || !isEmpty(rule.resourceNames);
    const why = 'rules cannot apply to both regular resources and non-resource URLs';
    return both ? [...verbs, invalidValue(field, urls, why)] : verbs;
  }
  return [
    ...verbs,
    ...(isEmpty(rule.apiGroups)
      ? [requiredValue(`${path}.apiGroups`, 'resource rules must supply at least one api group')]
      : []),
    ...(isEmpty(rule.resources)
      ? [requiredValue(`${path}.resources`, 'resource rules must supply at least one resource')]
      : []),
  ];
};

export const roleBindingErrors: Rule = (fields) => bindingErrors(fields, ['Role', 'ClusterRole'], false);
export const clusterRoleBindingErrors: Rule = (fields) => bindingErrors(fields, ['ClusterRole'], true);

const bindingErrors = (fields: JsonObject, kinds: readonly string[], atClusterScope: boolean): FieldError[] => [
  ...oneOf(at(fields, 'roleRef', 'apiGroup'), 'roleRef.apiGroup', ['rbac.authorization.k8s.io']),
  ...oneOf(at(fields, 'roleRef', 'kind'), 'roleRef.kind', kinds),
  ...(at(fields, 'roleRef', 'name') ? [] : [requiredValue('roleRef.name')]),
  ...list(fields.subjects).flatMap((subject, index) => subjectErrors(subject, `subjects[${index}]`, atClusterScope)),
];

const SUBJECTS = ['ServiceAccount', 'User', 'Group'];

const subjectErrors = ({ kind, name, namespace }: JsonObject, path: string, atClusterScope: boolean): FieldError[] => {
  const missing = name ? [] : [requiredValue(`${path}.name`)];
  if (kind !== 'ServiceAccount') return [...missing, ...oneOf(kind, `${path}.kind`, SUBJECTS)];
  const wrong = name ? nameErrors({ group: '', plural: 'serviceaccounts' }, String(name)) : [];
  return [
    ...missing,
    ...wrong.map((why) => invalidValue(`${path}.name`, name, why)),
    ...(atClusterScope && !namespace ? [requiredValue(`${path}.namespace`)] : []),
  ];
};
