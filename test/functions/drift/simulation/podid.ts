/** Our side of the simulation: hints, looks and acts, each wired as the hub's functions would. Rules can be left out, to see what they are there for. */
import type { DriftPlan, SeenChange, Snapshot } from '../../../../functions/drift/contract.ts';
import {
  type Acting,
  type Answer,
  type Breaker,
  begin,
  count,
  finish,
  mark,
  next,
  type Pass,
  pass,
  putRight,
  take,
  UNTOUCHED,
  wrote,
} from '../../../../functions/drift/reconcile/index.ts';
import type { Chance } from './chance.ts';
import type { Clock } from './clock.ts';
import { add, detectDifferences, type Fleet, meantOf, type Role, SETTLE_SECONDS, STALE, set, shown } from './fleet.ts';

/** The rules that a run can go without. */
export type Rule =
  | 'settle'
  | 'compare'
  | 'lease'
  | 'intents'
  | 'generation'
  | 'breaker'
  | 'echo'
  | 'fights'
  | 'attempts';

export type Podid = {
  readonly hint: (role: Role, change: SeenChange) => void;
  readonly poke: (role: Role) => void;
  readonly sweep: () => void;
  readonly lease: (role: Role, holder: string) => boolean;
  readonly release: (role: Role, holder: string) => void;
  /** What went wrong at the moment that it did. */
  readonly wrongs: string[];
};

export const LEASE_SECONDS = 60;
/** The last sweep is at 1,500 s. */
const HORIZON = 3_000_000;

export const podidOver = (
  fleet: Fleet,
  {
    clock,
    chance,
    without,
    failing,
    wroteTo,
  }: {
    clock: Clock;
    chance: Chance;
    without: ReadonlySet<Rule>;
    /** The share of writes that fail now. */
    failing: () => number;
    wroteTo: (role: Role, facet: string) => void;
  },
): Podid => {
  const wrongs: string[] = [];
  const touched = new Map<string, Map<string, number>>();
  const settings = { ...fleet.rules.settings, settleSeconds: without.has('settle') ? 0 : SETTLE_SECONDS };
  const rules = { ...fleet.rules, settings };
  let holders = 0;

  const look = (role: Role): Pass => {
    const now = clock.now();
    const at = new Date(now).toISOString();
    const lag = chance.happens(0.5) ? 0 : chance.next() * STALE;
    const snapshot: Snapshot = {
      ref: role.ref,
      now: at,
      actual: { readAt: at, complete: true, unread: [], facets: shown(role, now, lag) },
      desired: role.desired,
      intents: without.has('intents') ? [] : role.intents,
      changes: role.changes,
    };
    const tripped = role.concerned.map(({ cluster }) => fleet.breakers.get(cluster)?.tripped?.because).find(Boolean);
    const known = without.has('fights') ? { ...role.known, fights: {} } : role.known;
    const found = pass(snapshot, detectDifferences, known, {
      us: 'podid',
      rules,
      concerned: role.concerned,
      killSwitch: false,
      ...(tripped === undefined ? {} : { tripped }),
    });
    role.known = found.known;
    role.open = found.findings.filter(({ reason }) => reason !== 'FoughtOver');
    if (found.again !== undefined) rouse(role, found.again);
    return found;
  };

  /** One timer a role, the earliest that anybody asked for. */
  const rouse = (role: Role, at: number): void => {
    // Nobody lives to see exceptions end.
    if (at > HORIZON || (role.timer !== undefined && role.timer <= at)) return;
    role.timer = at;
    clock.at(at, () => {
      if (role.timer !== at) return;
      role.timer = undefined;
      poke(role);
    });
  };

  const poke = (role: Role): void => {
    const { marker, wake } = mark(role.marker, clock.now());
    role.marker = marker;
    if (wake) clock.after(chance.between(0, 1_000), () => run(role));
  };

  const run = (role: Role): void => {
    const holder = `run-${holders++}`;
    const taken = take(role.marker, holder, clock.now(), 600);
    if (taken === undefined) return;
    role.marker = taken;
    const found = look(role);
    act(role, holder, found.plan, () => {
      const finished = without.has('generation') ? { marker: undefined, again: false } : finish(role.marker, holder);
      role.marker = finished.marker;
      if (finished.again) clock.after(chance.between(0, 1_000), () => run(role));
    });
  };

  const act = (role: Role, holder: string, plan: DriftPlan, done: () => void): void => {
    let state: Acting = begin(plan);
    let before: ReadonlyMap<string, Breaker> = new Map();
    const step = (): void => {
      if (state.wants === 'nothing') {
        release(role, holder);
        if (state.again !== undefined) rouse(role, state.again);
        done();
        return;
      }
      const answer = answerTo(state);
      const wasWrite = state.wants === 'write';
      state = next(state, answer);
      clock.after(wasWrite && chance.happens(0.5) ? 0 : chance.between(100, 3_000), step);
    };
    const answerTo = (asked: Exclude<Acting, { wants: 'nothing' }>): Answer => {
      const now = clock.now();
      switch (asked.wants) {
        case 'lease': {
          if (without.has('lease')) return { to: 'lease' };
          const held = role.lease;
          if (!lease(role, holder)) return { to: 'lease', held: { by: held?.holder ?? '', until: held?.until ?? now } };
          return { to: 'lease', lastWritten: role.lastWritten };
        }
        case 'read': {
          before = new Map(fleet.breakers);
          const anew = without.has('compare') ? asked.plan : look(role).plan;
          return { to: 'read', plan: anew, now, settleSeconds: settings.settleSeconds };
        }
        case 'count':
          return counted(role, without.has('breaker') ? before : fleet.breakers, now);
        case 'write': {
          const [{ facet, to }] = asked.left;
          if (chance.happens(failing())) {
            if (without.has('attempts'))
              role.known = { ...role.known, fights: putRight(role.known.fights, facet, to, now) };
            return { to: 'write', failed: 'Throttling', now, settleSeconds: settings.settleSeconds };
          }
          write(role, facet, to);
          return { to: 'write', now, settleSeconds: settings.settleSeconds };
        }
      }
    };
    // What a machine waits for a place to run, a throttled API or a person's breakfast.
    const patience = chance.happens(0.15) ? chance.between(20_000, 60_000) : chance.between(100, 2_000);
    clock.after(plan.actions.length === 0 ? chance.between(0, 2_000) : patience, step);
  };

  const counted = (role: Role, breakers: ReadonlyMap<string, Breaker>, now: number): Answer => {
    for (const cluster of new Set(role.concerned.map((each) => each.cluster))) {
      const mine = role.concerned.filter((each) => each.cluster === cluster).map((each) => each.serviceAccount);
      const after = count(breakers.get(cluster) ?? UNTOUCHED, mine, now, fleet.config.breaker, 1_000);
      fleet.breakers.set(cluster, after.breaker);
      if (after.refused !== undefined) return { to: 'count', refused: after.refused };
    }
    return { to: 'count' };
  };

  const write = (role: Role, facet: string, to: string | null): void => {
    const now = clock.now();
    if (meantOf(role, facet) !== to) wrongs.push(`led away: ${facet} of ${role.ref.roleArn} to ${to}`);
    set(role, facet, to, now);
    add(role.writes, facet);
    role.lastWritten = now;
    const changing = role.known.changing;
    role.known = {
      fights: putRight(role.known.fights, facet, to, now),
      ...(changing === undefined ? {} : { changing: wrote(changing, now) }),
    };
    judgeReach(role, now);
    wroteTo(role, facet);
  };

  /** What the breaker must not let through: more identities of a cluster written for than its limit, within nearly its window. */
  const judgeReach = (role: Role, now: number): void => {
    const { identities, windowSeconds } = fleet.config.breaker;
    for (const { cluster, serviceAccount } of role.concerned) {
      const those = touched.get(cluster) ?? new Map<string, number>();
      touched.set(cluster, those.set(serviceAccount, now));
      // Counting comes some seconds before the write.
      const lately = [...those.values()].filter((at) => at > now - (windowSeconds - 60) * 1000).length;
      if (lately > identities)
        wrongs.push(`breaker: ${lately} identities of ${cluster} written for, limit ${identities}`);
    }
  };

  const lease = (role: Role, holder: string): boolean => {
    const now = clock.now();
    if (role.lease !== undefined && role.lease.holder !== holder && now < role.lease.until) return false;
    role.lease = { holder, until: now + LEASE_SECONDS * 1000 };
    return true;
  };

  const release = (role: Role, holder: string): void => {
    if (role.lease?.holder === holder) role.lease = undefined;
  };

  return {
    hint: (role, change) => {
      if (!role.changes.some(({ eventId }) => eventId === change.eventId)) role.changes.push(change);
      if (without.has('echo') && change.actor.name === 'podid') return;
      poke(role);
    },
    poke,
    // The sweep looks and acts by itself, beside whoever was woken: the lease is between them.
    sweep: () => {
      for (const role of fleet.roles) act(role, `sweep-${holders++}`, look(role).plan, () => undefined);
    },
    lease,
    release,
    wrongs,
  };
};
