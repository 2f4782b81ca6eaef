/** What the guardrails say of a version: allowed, waiting for somebody, or denied. */
import {
  type GrantFacts,
  judgeAssociationAdoption,
  judgeProceed,
  judgeRequest,
  judgeRoleAdoption,
  type Law,
  type Verdict,
} from '../../grants/guardrails/index.ts';
import { type Grant, guardrailFacts, newestOf, type ResolvedGrant, resolve, versionOf } from '../../grants/index.ts';
import { rolesBeyond } from '../planning/beyond.ts';
import type { Doing } from './doing.ts';
import { type Looked, look, unseen, type Wished } from './look.ts';
import type { VerdictView } from './schemas.ts';

export type Judged = {
  readonly plan: ResolvedGrant;
  readonly facts: GrantFacts;
  readonly looked: Looked;
  readonly verdict: VerdictView;
};

/** Looks at what is there, resolves a version of a grant, and asks the guardrails, with the approvals that it has by now. */
export const judgeVersion = async (doing: Doing, grant: Grant, version: number): Promise<Judged> => {
  const looked = await look(doing, wishedOf(grant, version));
  const { plan, facts } = factsFrom(doing, grant, looked);
  return { plan, facts, looked, verdict: verdictOf(doing.law, facts, plan) };
};

/** The verdict once more for a grant with other approvals, on what was read before. */
export const judgeAgain = (doing: Doing, grant: Grant, { looked }: Pick<Judged, 'looked'>): VerdictView => {
  const { plan, facts } = factsFrom(doing, grant, looked);
  return verdictOf(doing.law, facts, plan);
};

/** What the guardrails are told of a version where nobody looks into the accounts: enough for who may approve or end it. */
export const roughFacts = (
  doing: Pick<Doing, 'config' | 'now'>,
  grant: Grant,
  version = newestOf(grant).version,
): GrantFacts => factsFrom(doing, grant, unseen(doing, wishedOf(grant, version))).facts;

const wishedOf = (grant: Grant, version: number): Wished => {
  const { wish } = versionOf(grant, version) ?? newestOf(grant);
  return { grantId: grant.id, version, wish, before: grant };
};

const factsFrom = ({ config, now }: Pick<Doing, 'config' | 'now'>, grant: Grant, looked: Looked) => {
  const { seen, documents, counts } = looked;
  const plan = resolve(looked);
  const beyond = rolesBeyond(plan, looked);
  const facts = guardrailFacts({ grant, resolved: plan, seen, config, documents, beyond, counts }, now().toISOString());
  return { plan, facts };
};

/** Denied where the request itself is, or an adoption; or where something forbids it that no approval would change. */
export const verdictOf = (law: Law, facts: GrantFacts, plan: ResolvedGrant): VerdictView => {
  const taken = new Set(
    plan.roles.filter(({ standing }) => standing === 'adopt' || standing === 'take-over').map(({ roleArn }) => roleArn),
  );
  const request = [
    judgeRequest(law, facts),
    ...facts.roles.filter(({ arn }) => taken.has(arn)).map((role) => judgeRoleAdoption(law, facts, role)),
    ...facts.associations.map((association) => judgeAssociationAdoption(law, facts, association)),
  ].filter(({ decision }) => decision === 'deny');
  if (request.length > 0) return denied(request);
  const proceed = judgeProceed(law, facts);
  if (proceed.decision === 'allow') return { verdict: 'allowed', because: proceed.because.map(saying), missing: [] };
  const given = new Set(proceed.missing.map(({ id, about }) => `${id}\n${about}`));
  const hard = proceed.because.some(({ id, about }) => !given.has(`${id}\n${about}`));
  if (hard || proceed.missing.length === 0 || proceed.errors.length > 0) return denied([proceed]);
  return {
    verdict: 'needs-approval',
    because: proceed.because.map(saying),
    missing: proceed.missing.map(({ teams, ...each }) => ({ ...saying(each), teams })),
  };
};

const denied = (verdicts: readonly Verdict[]): VerdictView => ({
  verdict: 'denied',
  because: verdicts.flatMap(({ because }) => because).map(saying),
  missing: [],
});

export const saying = ({ id, reason, about }: Verdict['because'][number]): VerdictView['because'][number] => ({
  id,
  reason,
  about,
});
