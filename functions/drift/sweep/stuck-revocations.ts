/** Revocations that nobody is at any more: one whose start was lost is started, one whose execution is over without a record is told. */
import type { Config } from '../../config.ts';
import { showIdentity } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Surroundings } from '../../runtime/entry.ts';
import type { Found } from '../../store/finding-row.ts';
import type { Store } from '../../store/index.ts';
import type { RevocationRow } from '../../store/revocation-row.ts';
import { DRIFT_REASONS } from '../detect/reasons.ts';
import type { Judged } from './delivery.ts';

export type Executions = {
  readonly store: { readonly revocations: Pick<Store['revocations'], 'list'> };
  /** False when an execution of that name has closed. */
  readonly start: (machine: string, name: string, input: object) => Promise<boolean>;
  readonly hasEnded: (machine: string, name: string) => Promise<boolean>;
  readonly now: () => Date;
};

/** `complete` false: there were too many to look at, and what was told before may be so still. */
export type Stuck = { readonly found: readonly Found[]; readonly complete: boolean };

const MACHINE = 'revoke';
/** Whoever elects a revocation starts it within seconds, and an event's next try comes within minutes. */
const GRACE_MILLIS = 15 * 60_000;
/** Nobody's credentials live so long: what is older, people have seen or never will. */
const BACK_MILLIS = 7 * 24 * 3_600_000;
const PAGE = 200;
const PAGES = 50;
const AT_ONCE = 5;

/** @throws Failure when the table or Step Functions can't be asked */
export const stuckRevocations = async (around: Executions): Promise<Stuck> => {
  const at = around.now().getTime();
  const found: Found[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const listed = await around.store.revocations.list({ limit: PAGE, ...(cursor !== undefined && { cursor }) });
    const old = listed.revocations.filter(
      ({ status, startedAt }) => status === 'running' && at - Date.parse(startedAt) >= GRACE_MILLIS,
    );
    found.push(...(await inBatches(old, AT_ONCE, (row) => resumed(around, row))).flat());
    cursor = listed.next;
    const last = listed.revocations.at(-1);
    if (cursor === undefined || (last !== undefined && at - Date.parse(last.startedAt) > BACK_MILLIS)) {
      return { found, complete: true };
    }
  }
  return { found, complete: false };
};

/** As the judgement of a sweep. Who is kept from seeing them ends the sweep all the same, and takes nothing for resolved. */
export const judgedRevocations = async (
  around: Executions & Pick<Surroundings, 'log' | 'count'> & { readonly config: Pick<Config, 'hub'> },
  at: string,
): Promise<Judged> => {
  const { account, region } = around.config.hub;
  const { found, complete } = await stuckRevocations(around).catch((error: unknown) => {
    around.log.error('revocations could not be looked at', { error });
    around.count('RevocationsUnread');
    return { found: [], complete: false };
  });
  const judgement = { at, cause: { kind: 'Sweep' as const }, complete, judge: 'executions' };
  return { object: `${account}/${region}`, found, judgement };
};

/** While one of its name runs, or is not over, the start does nothing (Step Functions API, StartExecution). */
const resumed = async (
  { start, hasEnded }: Executions,
  { revocation, startedAt }: RevocationRow,
): Promise<readonly Found[]> => {
  const { id, identity } = revocation;
  if (!(await hasEnded(MACHINE, id))) {
    await start(MACHINE, id, revocation);
    return [];
  }
  const { severity, remedy } = DRIFT_REASONS.RevocationStuck;
  const sentence = `The execution of revocation ${id} of ${showIdentity(identity)}, begun ${startedAt}, is over without a record: nobody knows what it has cut and restarted.`;
  return [{ reason: 'RevocationStuck', severity, subject: id, sentence, remedy }];
};
