/** Live findings in SARIF 2.1.0. What they are about is in no file: it stands as a logical location. Pure. */
import type { Log, Result } from 'sarif';
import { reasonNamed } from './findings-explain.ts';
import { isSuppressed, type Row } from './findings-lines.ts';
import { LEVELS, ruleOf } from './sarif.ts';

export const sarifOfRows = (rows: readonly Row[], now: Date): Log => ({
  version: '2.1.0',
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  runs: [
    {
      tool: {
        driver: {
          name: 'podid',
          informationUri: 'https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html',
          rules: [...new Set(rows.map(({ reason }) => reason))].toSorted().flatMap((id) => {
            const reason = reasonNamed(id);
            return reason === undefined ? [] : [ruleOf(id, reason)];
          }),
        },
      },
      results: rows.map((row) => resultOf(row, now)),
    },
  ],
});

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
