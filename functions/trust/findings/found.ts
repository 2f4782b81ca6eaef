/** How a rule of these folders tells what it found: severity from its documented reason, place and subject from the statement. */
import type { Severity } from '../../finding.ts';
import type { PolicyDocument, Statement } from '../../policy/index.ts';
import type { RoleFacts } from '../reach/index.ts';
import type { TrustFacts } from './facts.ts';
import type { TrustFinding } from './rule.ts';
import { subjectOf } from './subject.ts';

/** What a reason means, for the documentation and for SARIF. */
export type Reason = {
  readonly severity: Severity;
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
};

export type Told = {
  readonly sentence: string;
  readonly remedy: string;
  readonly witness?: string | undefined;
  /** The statement that it is about. */
  readonly statement?: Statement | undefined;
  /** By default the statement's. */
  readonly subject?: string;
  /** Where this case is worse or milder than the reason usually is. */
  readonly severity?: Severity;
};

/** Makes findings of these reasons. */
export const teller =
  <Name extends string>(reasons: Readonly<Record<Name, Reason>>) =>
  (reason: Name, { sentence, remedy, witness, statement, subject, severity }: Told): TrustFinding => {
    const about = subject ?? (statement && subjectOf(statement));
    return {
      reason,
      severity: severity ?? reasons[reason].severity,
      sentence,
      remedy,
      ...(witness !== undefined && { witness }),
      ...(statement && { statement: { index: statement.index, ...(statement.sid && { sid: statement.sid }) } }),
      ...(about !== undefined && { subject: about }),
    };
  };

/** What a rule finds in each statement. */
export const inStatements = (
  { policy }: TrustFacts,
  judge: (statement: Statement) => TrustFinding | undefined,
): readonly TrustFinding[] => policy.statements.flatMap((statement) => judge(statement) ?? []);

/** Of several findings with one subject, the first. */
export const oncePerSubject = (findings: ReadonlyArray<TrustFinding | undefined>): readonly TrustFinding[] => {
  const bySubject = new Map<string, TrustFinding>();
  for (const finding of findings) {
    const subject = finding?.subject ?? '';
    if (finding !== undefined && !bySubject.has(subject)) bySubject.set(subject, finding);
  }
  return [...bySubject.values()];
};

/** `Statement AllowPods`, or by its place where it has no name. */
export const show = ({ sid, index }: Statement): string => `Statement ${sid || index}`;

/** `statement AllowPods`, inside of a sentence. */
export const nameInside = (statement: Statement): string => show(statement).replace(/^S/, 's');

/** "a, b and 3 more", in code quotes. */
export const list = (texts: readonly string[], most = 3): string => {
  const quoted = texts.slice(0, most).map((text) => `\`${text}\``);
  if (texts.length > most) quoted.push(`${texts.length - most} more`);
  return quoted.length > 1 ? `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}` : (quoted[0] ?? '');
};

/** The command that writes a corrected policy. */
export const rewrite = (facts: TrustFacts): string =>
  `\`aws iam update-assume-role-policy --role-name ${roleName(facts)} --policy-document file://trust.json\``;

/** The last part of the role's ARN. */
export const roleName = ({ roleArn }: TrustFacts): string => roleArn?.split('/').at(-1) ?? 'ROLE';

/** What reach wants to know of the role. */
export const roleFacts = ({ account, partition, roleArn, roleTags, context }: TrustFacts): RoleFacts => ({
  account,
  partition,
  ...(roleArn !== undefined && { roleArn }),
  ...(roleTags !== undefined && { roleTags }),
  ...(context !== undefined && { context }),
});

/** The statement without the other Allow statements: what it gives by itself, with every Deny of the policy. */
export const alone = (policy: PolicyDocument, statement: Statement): PolicyDocument => ({
  ...policy,
  statements: [statement, ...policy.statements.filter(({ effect }) => effect === 'Deny')],
});
