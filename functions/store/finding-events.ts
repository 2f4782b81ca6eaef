/** What becomes of findings, as the events that are told to the world. Pure. */
import type { LifecycleEvent } from '../lifecycle.ts';
import type { FindingRow } from './finding-row.ts';
import type { Kept } from './findings.ts';

/** What a judgement has opened and resolved. */
export const findingEvents = ({ opened, resolved }: Pick<Kept, 'opened' | 'resolved'>): readonly LifecycleEvent[] => [
  ...opened.map((row) => findingEvent('Finding Opened', row, row.openedAt)),
  ...resolved.map((row) => findingEvent('Finding Resolved', row, row.resolvedAt ?? row.seenAt)),
];

const findingEvent = (kind: 'Finding Opened' | 'Finding Resolved', row: FindingRow, at: string): LifecycleEvent => {
  const { id, object, reason, severity, sentence, remedy } = row;
  return {
    kind,
    detail: {
      schema: 1,
      id: `${id}/${kind === 'Finding Opened' ? 'opened' : 'resolved'}/${at}`,
      at,
      finding: { id, object, reason, severity, sentence, ...(remedy !== undefined && { remedy }) },
    },
  };
};
