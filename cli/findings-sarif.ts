/** Live findings in SARIF 2.1.0. What they are about is in no file: it stands as a logical location. Pure. */
import type { Log, Result } from 'sarif';
import { reasonNamed } from './findings-explain.ts';
import { isSuppressed, type Row } from './findings-lines.ts';
import { LEVELS, logOf } from './sarif.ts';

export const sarifOfRows = (rows: readonly Row[], now: Date): Log => {
  const reasons = rows.flatMap((row) => {
    const documented = reasonNamed(row.reason);
    return documented === undefined ? [] : [[row.reason, documented] as const];
  });
  return logOf(
    Object.fromEntries(reasons),
    rows.map((row) => resultOf(row, now)),
  );
};

const resultOf = (row: Row, now: Date): Result => ({
  ruleId: row.reason,
  level: LEVELS[row.severity],
  kind: row.state === 'open' ? 'fail' : 'pass',
  // SARIF: "If kind has any value other than fail, level shall be none".
  ...(row.state !== 'open' && { level: 'none' }),
  message: { text: [row.sentence, row.held, row.remedy].filter((each) => each !== undefined).join(' ') },
  locations: [
    {
      // Code scanning takes no result without a file: the one that names the fleet.
      physicalLocation: { artifactLocation: { uri: 'podid.config.yaml' }, region: { startLine: 1 } },
      logicalLocations: [{ fullyQualifiedName: row.object, kind: 'resource' }],
    },
  ],
  partialFingerprints: { 'podid/v1': row.id },
  ...(isSuppressed(row, now) && {
    suppressions: [{ kind: 'external', status: 'accepted', justification: `until ${row.suppressedUntil}` }],
  }),
});
