/** What a rule says is wrong: data, all collected, sorted and stable. */

/** From "know about it" to "somebody has access who must not". */
export type Severity = 'info' | 'warning' | 'error' | 'critical';

export type Finding = {
  /** A documented constant: the rule's name, PascalCase. */
  readonly reason: string;
  readonly severity: Severity;
  /** What is wrong and for whom, as a sentence for a person. */
  readonly sentence: string;
  /** A concrete thing that shows it: a role ARN, a pod, an identity. */
  readonly witness?: string;
  /** What mends it, as a sentence; with the command where there is one. */
  readonly remedy?: string;
};

const ORDER: Record<Severity, number> = { critical: 0, error: 1, warning: 2, info: 3 };

/** Worst first, then by reason and sentence, so that two runs over the same facts print the same. */
export const sortFindings = <Found extends Finding>(findings: readonly Found[]): Found[] =>
  [...findings].sort(
    (a, b) => ORDER[a.severity] - ORDER[b.severity] || compare(a.reason, b.reason) || compare(a.sentence, b.sentence),
  );

// Not localeCompare: the order must not hang on the machine's locale.
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
