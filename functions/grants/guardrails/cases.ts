/** Cases for guardrails: a grant, a question, and what must come of it, with the guardrails that decide. */
import * as z from 'zod';
import type { Config } from '../../config.ts';
import { GrantFacts, Person } from './facts.ts';
import {
  judgeApprove,
  judgeAssociationAdoption,
  judgeProceed,
  judgeRequest,
  judgeRevoke,
  judgeRoleAdoption,
  type Law,
  type Verdict,
} from './judge.ts';
import type { Guardrails } from './load.ts';
import { ownership, Teams } from './ownership.ts';

const Ids = z.array(z.string().min(1));

const Case = z.strictObject({
  name: z.string().min(1),
  /** What is different from the base; objects are merged, lists and values replaced, and null takes a field away. */
  given: z.record(z.string(), z.unknown()).default({}),
  /** What is different from the teams' file, in the same way. */
  teams: z.record(z.string(), z.unknown()).default({}),
  when: z.union([
    z.enum(['Request', 'Proceed']),
    z.strictObject({ Approve: Person }),
    z.strictObject({ Revoke: Person }),
    /** A role of the grant by its ARN, or an association of it by its id. */
    z.strictObject({ Adopt: z.string().min(1) }),
  ]),
  expect: z.strictObject({
    decision: z.enum(['allow', 'deny']),
    /** Exactly these guardrails decide; of an allow, at least these. Absent: whichever. */
    because: Ids.optional(),
    /** Exactly these approvals are missing. Absent: whichever. */
    missing: Ids.optional(),
  }),
});
export type Case = z.infer<typeof Case>;

export const Cases = z.strictObject({
  /** Things to refer to by YAML anchors. */
  definitions: z.unknown().optional(),
  base: z.record(z.string(), z.unknown()),
  cases: z.array(Case).min(1),
});
export type Cases = z.infer<typeof Cases>;

/** What the cases are put to. */
export type Bench = { readonly guardrails: Guardrails; readonly teams: Teams; readonly config: Config };

export type CaseResult = {
  readonly name: string;
  readonly passed: boolean;
  /** What came of it; undefined when the case itself can't be read. */
  readonly verdict?: Verdict;
  /** What is different from what was expected, a sentence each. */
  readonly differences: readonly string[];
};

/** Checks what was read from a file of cases. @throws z.ZodError naming each place */
export const readCases = (value: unknown): Cases => Cases.parse(value);

/** Asks every case. A case that can't be read fails, and the others are asked all the same. */
export const runCases = ({ guardrails, teams, config }: Bench, { base, cases }: Cases): readonly CaseResult[] =>
  cases.map((each) => {
    const facts = GrantFacts.safeParse(withoutNulls(merged(base, each.given)));
    if (!facts.success) return failed(each, `given: ${z.prettifyError(facts.error)}`);
    const owned = Teams.safeParse(withoutNulls(merged(teams, each.teams)));
    if (!owned.success) return failed(each, `teams: ${z.prettifyError(owned.error)}`);
    const law = { guardrails, owned: ownership(owned.data, config) };
    const verdict = ask(law, facts.data, each.when);
    if (verdict === undefined) return failed(each, 'when: the grant has no such role or association.');
    const differences = compare(each.expect, verdict);
    return { name: each.name, passed: differences.length === 0, verdict, differences };
  });

/** The guardrails that decide in none of these: nothing would notice if they went. */
export const undecidedBy = (guardrails: Guardrails, results: readonly CaseResult[]): readonly string[] => {
  const decided = new Set(results.flatMap(({ verdict }) => verdict?.because.map(({ id }) => id) ?? []));
  return [...guardrails.policies.keys()].filter((id) => !decided.has(id));
};

const ask = (law: Law, facts: GrantFacts, when: Case['when']): Verdict | undefined => {
  if (when === 'Request') return judgeRequest(law, facts);
  if (when === 'Proceed') return judgeProceed(law, facts);
  if ('Approve' in when) return judgeApprove(law, facts, when.Approve);
  if ('Revoke' in when) return judgeRevoke(law, facts, when.Revoke);
  const role = facts.roles.find(({ arn }) => arn === when.Adopt);
  if (role !== undefined) return judgeRoleAdoption(law, facts, role);
  const association = facts.associations.find(({ associationId }) => associationId === when.Adopt);
  return association && judgeAssociationAdoption(law, facts, association);
};

const compare = (expected: Case['expect'], verdict: Verdict): readonly string[] => {
  const ids = (list: readonly { readonly id: string }[]): string[] => [...new Set(list.map(({ id }) => id))].sort();
  const because = ids(verdict.because);
  const missing = ids(verdict.missing);
  const wantedBecause = expected.because?.toSorted();
  const wantedMissing = expected.missing?.toSorted();
  const decides =
    expected.decision === 'allow'
      ? wantedBecause?.every((id) => because.includes(id))
      : wantedBecause?.join() === because.join();
  return [
    ...(expected.decision === verdict.decision ? [] : [`${expected.decision} was expected, it is ${verdict.decision}`]),
    ...(wantedBecause === undefined || decides
      ? []
      : [`because of ${list(wantedBecause)} was expected, it is ${list(because)}`]),
    ...(wantedMissing === undefined || wantedMissing.join() === missing.join()
      ? []
      : [`missing ${list(wantedMissing)} was expected, it is ${list(missing)}`]),
  ];
};

const list = (ids: readonly string[]): string => (ids.length === 0 ? 'nothing' : ids.join(', '));

const failed = ({ name }: Case, difference: string): CaseResult => ({ name, passed: false, differences: [difference] });

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const merged = (base: unknown, over: unknown): unknown => {
  if (!isObject(base) || !isObject(over)) return over;
  const changed = Object.entries(over).map(([key, value]) => [key, merged(base[key], value)]);
  return { ...base, ...Object.fromEntries(changed) };
};

const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const left = Object.entries(value).filter(([, each]) => each !== null);
  return Object.fromEntries(left.map(([key, each]) => [key, withoutNulls(each)]));
};
