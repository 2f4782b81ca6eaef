/** Findings in SARIF 2.1.0, the form that code scanning reads. Pure. */
import { createHash } from 'node:crypto';
import type { Log, ReportingConfiguration, ReportingDescriptor, Result } from 'sarif';
import { isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Severity } from '../functions/finding.ts';
import type { TrustFinding } from '../functions/trust/findings/rule.ts';

/** What is documented of a reason. */
export type ReasonText = { readonly severity: Severity; readonly title: string; readonly why: string };

/**
 * The findings about one file. A result is at the line of its statement where the file is plain JSON, else at the first.
 * The fingerprint is of reason and subject, so that a finding stays the same one when others come and go.
 * @param file its path as code scanning knows it, relative to the repository
 */
export const sarifOf = (
  findings: readonly TrustFinding[],
  reasons: Readonly<Record<string, ReasonText>>,
  file: string,
  text: string,
): Log => {
  const lines = statementLines(text);
  return logOf(
    reasons,
    findings.map((finding) => resultOf(finding, file, lines)),
  );
};

/** One run of podid: the reasons that results can have, and the results. */
export const logOf = (reasons: Readonly<Record<string, ReasonText>>, results: Result[]): Log => ({
  version: '2.1.0',
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  runs: [
    {
      tool: {
        driver: {
          name: 'podid',
          informationUri: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html',
          rules: Object.entries(reasons)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([id, reason]) => ruleOf(id, reason)),
        },
      },
      columnKind: 'utf16CodeUnits',
      results,
    },
  ],
});

export const LEVELS: Readonly<Record<Severity, NonNullable<ReportingConfiguration['level']>>> = {
  critical: 'error',
  error: 'error',
  warning: 'warning',
  info: 'note',
};

const ruleOf = (id: string, { severity, title, why }: ReasonText): ReportingDescriptor => ({
  id,
  name: id,
  shortDescription: { text: title },
  fullDescription: { text: why },
  help: { text: why },
  defaultConfiguration: { level: LEVELS[severity] },
});

const resultOf = (finding: TrustFinding, file: string, lines: readonly number[]): Result => {
  const { reason, severity, sentence, witness, remedy, statement, subject } = finding;
  const told = [
    sentence,
    ...(witness === undefined ? [] : [`For example ${witness}.`]),
    ...(remedy === undefined ? [] : [remedy]),
  ];
  return {
    ruleId: reason,
    level: LEVELS[severity],
    message: { text: told.join(' ') },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file },
          region: { startLine: (statement === undefined ? undefined : lines[statement.index]) ?? 1 },
        },
      },
    ],
    partialFingerprints: { 'podid/v1': hash([reason, subject ?? null]) },
  };
};

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** The line on which each statement begins; JSON is YAML. */
const statementLines = (text: string): readonly number[] => {
  const counter = new LineCounter();
  const { contents } = parseDocument(text, { lineCounter: counter, uniqueKeys: false });
  const list = isMap(contents) ? contents.get('Statement', true) : undefined;
  const nodes: readonly unknown[] = isMap(list) ? [list] : isSeq(list) ? list.items : [];
  return nodes.map((node) => (isNode(node) && node.range ? counter.linePos(node.range[0]).line : 1));
};
