/** Runs the rules about Pod Identity over the table beside the test. */
import { parsePolicy } from '../../../../../functions/policy/index.ts';
import type { TrustFacts, TrustFinding } from '../../../../../functions/trust/findings/index.ts';
import { judgeBy } from '../../../../../functions/trust/findings/judge.ts';
import { RULES_A } from '../../../../../functions/trust/findings/rules-a.ts';
import { facts } from '../../reach/random.ts';

export type Row = {
  readonly why: string;
  /** 2012-10-17 unless said. */
  readonly version?: string;
  readonly statements: readonly object[];
  readonly facts?: Partial<Omit<TrustFacts, 'policy'>>;
  /** All findings, worst first; of each, what is written is compared. */
  readonly findings: ReadonlyArray<Partial<TrustFinding>>;
};

export const factsOf = ({ version = '2012-10-17', statements, facts: given }: Row): TrustFacts => ({
  policy: parsePolicy({ Version: version, Statement: statements }),
  characters: 1000,
  ...facts,
  ...given,
});

export const judge = (given: TrustFacts): readonly TrustFinding[] => judgeBy(RULES_A, given);
