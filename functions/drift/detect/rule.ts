/** The form of a rule of drift. */
import type { Difference, Question } from './question.ts';
import type { Told } from './told.ts';

/** Pure: what one difference means. Nothing, when it is one of form alone. */
export type Rule = (difference: Difference, question: Question) => readonly Told[];

/** By the facet's kind. A kind without a rule isn't compared. */
export type Rules = Readonly<Record<string, Rule>>;
