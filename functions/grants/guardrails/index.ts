/** Guardrails: what may be asked for, by whom, and whose approval it takes. What other folders may use of it. */
export { type Bench, type CaseResult, Cases, readCases, runCases, undecidedBy } from './cases.ts';
export { checkGuardrails } from './check.ts';
export { type ActionName, type Because, NO_POLICY } from './decide.ts';
export { clusterId, namespaceId } from './entities.ts';
export { Approval, AssociationFacts, GrantFacts, grantFacts, Person, RoleFacts, RolePolicy } from './facts.ts';
export {
  countingApprovals,
  judgeApprove,
  judgeAssociationAdoption,
  judgeProceed,
  judgeRequest,
  judgeRevoke,
  judgeRoleAdoption,
  type Law,
  type Missing,
  nowRefused,
  type Verdict,
} from './judge.ts';
export {
  aboutWhat,
  type CedarEngine,
  type Guardrail,
  type GuardrailSource,
  type Guardrails,
  loadGuardrails,
  type Problem,
  type SourceFile,
} from './load.ts';
export { type Ownership, ownership, Teams } from './ownership.ts';
export { type Permission, permissionsOf } from './permissions.ts';
