/** Runs the rules of rules-b.ts over the tables beside the tests: what each row's policy and facts must lead to, and nothing else. */
import { readFileSync } from 'node:fs';
import { parsePolicy } from '../../../../../functions/policy/index.ts';
import type { TrustFacts } from '../../../../../functions/trust/findings/facts.ts';
import { judgeBy } from '../../../../../functions/trust/findings/judge.ts';
import type { TrustFinding } from '../../../../../functions/trust/findings/rule.ts';
import { RULES_B } from '../../../../../functions/trust/findings/rules-b.ts';

export type Row = {
  readonly why: string;
  /** The statements of the policy; `version` is 2012-10-17 unless said. */
  readonly statements: readonly object[];
  readonly version?: string;
  readonly facts?: Partial<Omit<TrustFacts, 'policy'>>;
  /** All findings, by reason; only what is written is compared. */
  readonly findings: ReadonlyArray<Partial<TrustFinding>>;
};

export const table = (folder: string): readonly Row[] =>
  JSON.parse(readFileSync(new URL(`../${folder}/rules.json`, import.meta.url), 'utf8'));

export const factsOf = ({
  statements,
  version = '2012-10-17',
  facts,
}: Pick<Row, 'statements' | 'version' | 'facts'>): TrustFacts => ({
  policy: parsePolicy({ Version: version, Statement: statements }),
  characters: JSON.stringify(statements).length,
  account: '111122223333',
  partition: 'aws',
  roleArn: 'arn:aws:iam::111122223333:role/app',
  ...facts,
});

/** By reason, so that a table is easy to read. */
export const judge = (facts: TrustFacts): readonly TrustFinding[] =>
  judgeBy(RULES_B, facts).toSorted((a, b) => (a.reason < b.reason ? -1 : 1));
