/** The end of every revocation, the failed ones too: what it came to, in the journal, the denies' rows and the revocation's own. */
import { showIdentity } from '../identity.ts';
import { config } from '../runtime/config.ts';
import { entry } from '../runtime/entry.ts';
import { theStore } from '../store/index.ts';
import { conclude } from './conclude.ts';
import { RecordInput } from './contract.ts';
import { neighboursOf } from './gather.ts';

export const handler = entry(RecordInput, async (state, { now, log, count }) => {
  const store = theStore();
  const { revocation } = state;
  const neighbours = await neighboursOf(store, revocation);
  const facts = { state, settings: config().revocation, config: config(), neighbours, now: now() };
  const { result, denies } = conclude(facts);
  const { outcome, summary, findings, times } = result;

  await Promise.all(denies.map((row) => store.denies.keep(row)));
  await store.journal.append([
    {
      subject: revocation.id,
      at: times.endedAt,
      kind: 'outcome',
      step: 'record',
      object: showIdentity(revocation.identity),
      by: 'record',
      text: `${outcome}: ${summary}`,
      details: { findings: findings.map(({ reason, witness }) => ({ reason, witness: witness ?? null })) },
    },
  ]);
  // Last, so that "ended" means that everything else is written; a second run finds it ended and changes nothing.
  const isFirst = await store.revocations.finish(revocation.id, { endedAt: times.endedAt, outcome, story: result });
  if (isFirst) {
    count(METRICS[outcome]);
    log.info(summary, { revocation: revocation.id, outcome, reasons: findings.map(({ reason }) => reason) });
  }
  return { id: revocation.id, outcome, summary, findings: findings.map(({ reason }) => reason) };
});

const METRICS = {
  revoked: 'Revoked',
  'revoked-with-residual-access': 'RevokedWithResidualAccess',
  failed: 'RevocationFailed',
  observed: 'RevocationObserved',
  halted: 'RevocationHalted',
  'not-needed': 'RevocationNotNeeded',
} as const;
