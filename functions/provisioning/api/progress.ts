/** How far the work on a grant has come: its plan, held against the record. Pure; the same in AWS as locally, since no machine is asked. */
import type { Config } from '../../config.ts';
import { type Grant, newestOf, type ResolvedGrant } from '../../grants/index.ts';
import { identityKey, sameIdentity } from '../../identity.ts';
import type { Act as KeptAct } from '../../store/made.ts';
import type { RevocationRow } from '../../store/revocation-row.ts';
import { backItems } from '../planning/back.ts';
import { BACK, FORWARD, type Item, type Wave } from '../planning/contract.ts';
import { forwardItems } from '../planning/forward.ts';
import { actsFrom, Came, Intent, type Thing, thingsOf } from '../planning/made.ts';
import { restartItems } from '../planning/restarts.ts';
import type { ProgressStep } from './schemas.ts';
import { nameOfWork, type Subject } from './step-names.ts';

export type Recorded = {
  readonly grant: Grant;
  /** Everything that was intended for the grant, the newest first: `store.made.of`. */
  readonly acts: readonly KeptAct[];
  /** Of the newest version, when it has come so far. */
  readonly plan?: ResolvedGrant | undefined;
  /** Of the identities that are losing access: the newest of each. */
  readonly revocations?: readonly RevocationRow[];
  readonly config: Config;
};

/** The steps of the newest work on a grant, in the order in which they are done; none when nothing has begun. */
export const progressOf = (recorded: Recorded): readonly ProgressStep[] =>
  isEnding(recorded.grant) ? backward(recorded) : forward(recorded);

/** Whether the newest work on it takes everything away. */
export const isEnding = ({ state, history }: Grant): boolean =>
  state === 'revoking' || history.some(({ to }) => to === 'revoking');

type Noted = Subject & {
  readonly execution: string;
  readonly object: string;
  readonly wave: Wave;
  readonly intent: Intent;
  readonly startedAt: string;
  readonly came?: Came & { readonly at: string };
};

const forward = ({ grant, acts, plan, config }: Recorded): readonly ProgressStep[] => {
  const { version } = newestOf(grant);
  const own = noted(acts).filter(({ intent, execution }) => intent.version === version && !isRevocation(execution));
  if (plan === undefined && own.length === 0) return [];
  const goesOn = grant.pending?.version === version && grant.pending.stage === 'provisioning';
  const isBack = own.some(({ wave }) => wave.startsWith('undo-'));
  const planned = plan === undefined ? [] : plannedIn(plan, config);
  const told = new Set<Noted>();
  const steps = planned.flatMap(({ wave, item, ...subject }): readonly ProgressStep[] => {
    const act = own.find((each) => each.wave === wave && each.object === item.object);
    if (act === undefined) return goesOn && !isBack ? [waiting(wave, item, subject, config)] : [];
    told.add(act);
    const undone = own.find((each) => each.object === act.object && isUndoing(each) && each.came?.done === true);
    const step = stepOf(act, goesOn, config);
    const wasWritten = WRITES.has(wave) && step.state === 'done' && undone?.came !== undefined;
    return [wasWritten ? { ...step, state: 'undone', since: undone.came.at } : step];
  });
  return [...steps, ...own.filter((act) => !told.has(act)).map((act) => stepOf(act, goesOn, config))];
};

const backward = ({ grant, acts, revocations = [], config }: Recorded): readonly ProgressStep[] => {
  const all = noted(acts);
  const own = all.filter(({ execution }) => isRevocation(execution));
  const goesOn = grant.state === 'revoking';
  const things = thingsOf(actsFrom(acts));
  return BACK.flatMap((wave): readonly ProgressStep[] => {
    if (wave === 'revocations') return things.flatMap((thing) => cutting(thing, own, revocations, goesOn, config));
    return backItems(things, wave, config).flatMap((item) => {
      // The newest attempt counts.
      const act = own.findLast((each) => each.wave === wave && each.object === item.object);
      if (act !== undefined) return [stepOf(act, goesOn, config)];
      const thing = things.find(({ object }) => object === item.object);
      return goesOn && thing ? [waiting(wave, item, thing, config)] : [];
    });
  });
};

/** What the revocation of an identity does while its role is still there: it runs on its own, and is waited for. */
const cutting = (
  { identity, object, what }: Thing,
  own: readonly Noted[],
  revocations: readonly RevocationRow[],
  goesOn: boolean,
  config: Config,
): readonly ProgressStep[] => {
  if (what !== 'association' || identity === undefined) return [];
  const { account, region } = identity;
  const item: Item = { what, object, account, region };
  const gone = own.findLast((act) => act.object === object);
  const row = revocations.find(
    ({ revocation }) =>
      sameIdentity(revocation.identity, identity) &&
      gone !== undefined &&
      Date.parse(revocation.since) >= Date.parse(gone.startedAt) - CLOCKS_DIFFER,
  );
  const step = waiting('revocations', item, { identity, created: true }, config);
  if (row === undefined) return goesOn ? [step] : [];
  const { startedAt, endedAt, outcome, status } = row;
  if (status === 'running') return [{ ...step, state: 'running', startedAt, since: startedAt }];
  const failed = outcome === 'failed' || outcome === 'halted';
  return [
    {
      ...step,
      state: failed ? 'failed' : 'done',
      startedAt,
      since: endedAt ?? startedAt,
      ...(outcome !== undefined && { sentence: `${outcome}.` }),
    },
  ];
};

const CLOCKS_DIFFER = 60_000;

const WRITES: ReadonlySet<Wave> = new Set(['sources', 'targets', 'permissions', 'associations']);

const isUndoing = ({ wave }: Noted): boolean => wave.startsWith('undo-');

/** By the execution's name: see `workName`. */
const isRevocation = (execution: string): boolean => /-r\d+$/.test(execution);

const noted = (acts: readonly KeptAct[]): readonly Noted[] => {
  const created = new Set(
    thingsOf(actsFrom(acts))
      .filter((thing) => thing.created)
      .map(({ object }) => object),
  );
  return acts.toReversed().map(({ execution, object, details, intendedAt, answers }) => {
    const intent = Intent.parse(details);
    const last = answers.at(-1);
    const { identity, standing, wave } = intent;
    return {
      execution,
      object,
      wave,
      intent,
      startedAt: intendedAt,
      created: created.has(object),
      ...(identity && { identity }),
      ...(standing && { standing }),
      ...(last && { came: { ...Came.parse(last.details), at: last.at } }),
    };
  });
};

type Planned = Subject & { readonly wave: Wave; readonly item: Item };

const plannedIn = (plan: ResolvedGrant, config: Config): readonly Planned[] =>
  FORWARD.flatMap((wave): readonly Planned[] => {
    if (wave === 'removals' || wave === 'releases') return [];
    const items = wave === 'restarts' ? restartItems(plan) : forwardItems(plan, wave, config);
    return items.map((item) => ({ wave, item, ...subjectOf(plan, item) }));
  });

const subjectOf = (plan: ResolvedGrant, { what, object }: Item): Subject => {
  if (what === 'role') {
    const role = plan.roles.find(({ roleArn }) => roleArn === object);
    return { created: role?.standing === 'create', ...(role && { standing: role.standing }) };
  }
  const association = plan.associations.find(({ identity }) => identityKey(identity) === object);
  return association === undefined
    ? { created: true }
    : { created: true, identity: association.identity, standing: association.standing };
};

const stepOf = (act: Noted, goesOn: boolean, config: Config): ProgressStep => {
  const { wave, object, intent, startedAt, came } = act;
  const { what, account, region } = intent;
  const step = waiting(wave, { what, object, account, region }, act, config);
  if (came === undefined) {
    if (goesOn) return { ...step, state: 'running', startedAt, since: startedAt };
    return { ...step, state: 'failed', startedAt, since: startedAt, sentence: 'Nobody knows what came of it.' };
  }
  const { done, at, because, command } = came;
  const sentence = [because, command === undefined ? undefined : `Run: ${command}`].filter(
    (part) => part !== undefined,
  );
  return {
    ...step,
    state: done ? 'done' : 'failed',
    startedAt,
    since: at,
    ...(sentence.length > 0 && { sentence: sentence.join(' ') }),
  };
};

const waiting = (wave: Wave, item: Item, subject: Subject, config: Config): ProgressStep => {
  const name = config.spokes.find(({ account }) => account === item.account)?.name;
  return {
    step: wave,
    what: nameOfWork(wave, item, subject),
    about: item.object,
    account: item.account,
    ...(name !== undefined && { accountName: name }),
    region: item.region,
    state: 'waiting',
  };
};
