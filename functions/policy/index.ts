/** The IAM policy language: what other folders may use of it. */
export { type AuthorizationInput, accessDeniedMessage, authorize } from './authorize.ts';
export {
  type NamedPolicy,
  type ParseOptions,
  type PolicyDocument,
  type PolicyKind,
  PolicyMalformed,
  parsePolicy,
  type Statement,
} from './document.ts';
export { type Considered, type Decision, evaluate, type PolicyType, type StatementRef } from './evaluate.ts';
export { judgeStructure } from './json.ts';
export {
  type AccessRequest,
  type ContextLookup,
  type ContextValue,
  contextOf,
  type RequestContext,
  type RequestPrincipal,
} from './request.ts';
