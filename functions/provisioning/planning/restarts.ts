/** Pods that are older than the association have none of its credentials: who they are, and how they are replaced where the wish asks for it. Pure. */
import type * as z from 'zod';
import type { Config, RevocationSettings } from '../../config.ts';
import type { ResolvedGrant } from '../../grants/index.ts';
import { identityKey, type WorkloadIdentity } from '../../identity.ts';
import { type AssessInput, AssessOutput, type RestartInput, RestartOutput, type Told } from '../../pod-restarts.ts';
import { waitSeconds, withAnswers, workloadKey } from '../../restart-rounds.ts';
import type { Intended, Item, StateError } from './contract.ts';
import type { Came } from './made.ts';
import { whyOf } from './outcome.ts';
import type { PodsAsked, Progress } from './pods.ts';

type Call = NonNullable<Intended['call']>;

/** One an identity. */
export const restartItems = ({ associations }: ResolvedGrant): readonly Item[] =>
  associations.map(({ identity }) => ({
    what: 'pods',
    object: identityKey(identity),
    account: identity.account,
    region: identity.region,
  }));

/** An execution ends after an hour, and gives its pods a third of that. */
const MOST_SECONDS = 1_200;

/** What to ask, now that the association is seen to stand. Where all pods are on Fargate a restart helps nobody. */
export const askPods = (
  { restart, fargate }: { readonly restart: boolean; readonly fargate: boolean },
  { propagationSeconds, deadlineSeconds }: Config['revocation'],
  now: Date,
): PodsAsked => ({
  since: later(now, propagationSeconds),
  ...(restart && !fargate && { deadline: later(now, propagationSeconds + Math.min(deadlineSeconds, MOST_SECONDS)) }),
});

const later = (now: Date, seconds: number): string => new Date(now.getTime() + seconds * 1000).toISOString();

/** Workloads in one call of `restart`, which has 60 s for them. */
const CHUNK = 50;

export type Asking = {
  readonly asker: string;
  readonly identity: WorkloadIdentity;
  readonly asked: PodsAsked;
  /** Undefined: nobody has looked yet. */
  readonly progress: Progress | undefined;
  readonly settings: Pick<RevocationSettings, 'deleteBarePods'>;
  /** Why nothing may be written now. */
  readonly held: string | undefined;
  readonly now: Date;
};

/** What the spoke is asked: to look, to restart what is left, and to look again, then also at the pods that are newer. */
export const podsCall = ({ asker, identity, asked, progress, settings, held, now }: Asking): Call => {
  const { account, region } = identity;
  const { since, deadline } = asked;
  const question = { identity, associated: true, lacking: true } as const;
  const open = held === undefined && deadline !== undefined ? openOf(progress) : [];
  if (deadline === undefined || open.length === 0) {
    const until = progress === undefined ? since : now.toISOString();
    const input: z.infer<typeof AssessInput> = { ...question, since: until };
    return { function: 'assess', account, region, input };
  }
  const input: RestartInput = {
    ...question,
    since,
    revocation: asker,
    deadline,
    // No access is to be ended here: a disruption budget has the last word.
    deleteAfterDeadline: false,
    deleteBarePods: settings.deleteBarePods,
    workloads: open.slice(0, CHUNK).map(({ workload }) => workload),
  };
  return { function: 'restart', account, region, input };
};

const openOf = (progress: Progress | undefined): readonly Told[] =>
  progress?.told.filter(({ step }) => step !== 'Done' && step !== 'LeaveAlone') ?? [];

/** Failed calls in a row after which waiting won't help. */
const TROUBLES = 3;
/** For what was told last to be told. */
const GRACE_SECONDS = 60;

export type Heard = {
  readonly asked: PodsAsked;
  readonly progress: Progress | undefined;
  readonly called: string;
  readonly outcome: { readonly error: StateError } | { readonly answer: unknown };
  readonly held: string | undefined;
  readonly tries: number;
  readonly now: Date;
};

/** Takes an answer in. `waitSeconds`: ask again then; absent: that was all. It always ends, at the latest a little after the deadline. */
export const hearOfPods = (heard: Heard): { readonly progress: Progress; readonly waitSeconds?: number } => {
  const { asked, tries, now, called, outcome } = heard;
  const before = heard.progress ?? NOTHING;
  if ('error' in outcome) {
    const troubles = before.troubles + 1;
    const progress = { ...before, troubles, unseen: whyOf(outcome.error) };
    const gaveUp = called === 'assess' || troubles >= TROUBLES || isOver(asked, now);
    return gaveUp ? { progress } : { progress, waitSeconds: waitSeconds(tries, asked.deadline ?? asked.since, now) };
  }
  const { unseen: _, ...seen } = before;
  const rest = { ...seen, troubles: 0, ...(heard.held !== undefined && { held: heard.held }) };
  const progress =
    called === 'assess'
      ? looked(rest, AssessOutput.parse(outcome.answer), heard.progress === undefined)
      : { ...rest, told: withAnswers(rest.told, RestartOutput.parse(outcome.answer)) };
  if (asked.deadline === undefined || heard.held !== undefined || isOver(asked, now)) return { progress };
  const open = openOf(progress);
  if (open.length === 0) return called === 'assess' ? { progress } : { progress, waitSeconds: 1 };
  const early = Math.ceil((Date.parse(asked.since) - now.getTime()) / 1000) + 1;
  return { progress, waitSeconds: Math.max(early, waitSeconds(Math.max(0, tries - 1), asked.deadline, now)) };
};

const NOTHING: Progress = { told: [], omitted: 0, stillWithout: {}, troubles: 0 };

const isOver = ({ deadline }: PodsAsked, now: Date): boolean =>
  deadline !== undefined && now.getTime() > Date.parse(deadline) + GRACE_SECONDS * 1000;

/** A later look finds workloads that the first had no room for, and new pods that got nothing either. */
const looked = (before: Progress, { workloads, omitted, fallback }: AssessOutput, first: boolean): Progress => {
  const known = new Map(before.told.map((one) => [workloadKey(one.workload), one]));
  const fresh = workloads.filter(({ workload }) => !known.has(workloadKey(workload)));
  const again = workloads.filter(({ workload }) => known.get(workloadKey(workload))?.step === 'Done');
  return {
    ...before,
    told: [
      ...before.told,
      ...fresh.map(
        ({ because, ...one }): Told => ({ ...one, step: 'Wait', ...(because !== undefined && { because }) }),
      ),
    ],
    omitted,
    stillWithout: first ? {} : Object.fromEntries(again.map(({ workload, pods }) => [workloadKey(workload), pods])),
    ...(fallback.irsaRoleArn !== undefined && { irsaRoleArn: fallback.irsaRoleArn }),
  };
};

/** For the record: it never fails a grant, which is in force whatever its pods do. */
export const cameOfPods = (progress: Progress): Came => ({
  status: progress.unseen !== undefined ? 'unseen' : progress.told.some(({ how }) => how) ? 'restarted' : 'looked',
  done: true,
  pods: progress,
  ...(progress.unseen !== undefined && { because: progress.unseen }),
});
