/** Session tags, and the conditions and permissions that use them: what other folders may use of it. */
export {
  AbacRefused,
  type Pin,
  pinsOf,
  sessionConditions,
  trustConditions,
  type WrittenConditions,
} from './conditions.ts';
export { judgeDependence, type TagRequirement } from './dependence.ts';
export type { Generated, PlaceTag, WrittenPolicy, WrittenStatement } from './generated.ts';
export { identityProblem } from './legal-names.ts';
export { type ResourceGrant, type ResourceKind, resourceStatements } from './resource-policy.ts';
export { identityTags, principalTag, requestTag, resourceTag, SESSION_TAGS, type SessionTag } from './session-tags.ts';
export { objectsUnderPrefix, rowsByLeadingKey, sameTag, secretsByTag, TEMPLATES, type Template } from './templates.ts';
