/** One seed: a fleet, people and programs that change it, grants that change what is wanted, events as CloudTrail delivers them, a sweep; and what must hold. */
import type { SeenChange } from '../../../../functions/drift/contract.ts';
import { latchedFights } from '../../../../functions/drift/reconcile/index.ts';
import { type Chance, chanceFrom } from './chance.ts';
import { simulatedClock } from './clock.ts';
import {
  add,
  detectDifferences,
  FACETS,
  FIGHT_CHANGES,
  type Fleet,
  type Intent,
  meantOf,
  present,
  type Role,
  randomFleet,
  set,
  wantedAs,
  wantedOf,
} from './fleet.ts';
import { type Podid, podidOver, type Rule } from './podid.ts';

const BUSY = 300_000;
const LAST_SWEEP = 1_500_000;

export type Outcome = { readonly violations: readonly string[]; readonly writes: number; readonly changes: number };

export const simulate = (seed: number, without: ReadonlySet<Rule> = new Set()): Outcome => {
  const chance = chanceFrom(seed);
  const clock = simulatedClock();
  const mass = chance.happens(0.15);
  const limit = mass ? 2 + chance.below(3) : 1_000;
  const fleet = randomFleet(chance, limit);
  const dropping = chance.happens(0.5) ? 0 : 0.3;
  const storm = chance.happens(0.15) ? 0.7 : 0.05;
  const fighter = chance.happens(0.25) ? { role: chance.one(fleet.roles), facet: chance.one(FACETS) } : undefined;
  let events = 0;

  const tell = (role: Role, facet: string, value: string | null, by: string): void => {
    const id = `event-${events++}`;
    const change: SeenChange = {
      eventId: id,
      // Clocks differ, and the odd one is far off.
      at: new Date(clock.now() + (chance.happens(0.02) ? 86_400_000 : chance.between(-1_000, 1_000))).toISOString(),
      kind: 'RoleChanged',
      facets: [facet],
      ...(value === null ? {} : { value }),
      actor: { type: 'AssumedRole', name: by, eventId: id },
      via: 'event',
    };
    if (chance.happens(dropping)) return;
    for (let copies = chance.happens(0.2) ? 3 : 1; copies > 0; copies -= 1) {
      clock.after(chance.happens(0.5) ? chance.between(0, 3_000) : chance.between(0, 60_000), () =>
        podid.hint(role, change),
      );
    }
  };
  const change = (role: Role, facet: string, value: string | null, by: string): void => {
    if ((present(role)[facet] ?? null) === value) return;
    set(role, facet, value, clock.now());
    add(role.foreign, facet);
    tell(role, facet, value, by);
  };

  const podid: Podid = podidOver(fleet, {
    clock,
    chance,
    without,
    failing: () => (clock.now() < BUSY ? storm : 0),
    wroteTo: (role, facet) => {
      tell(role, facet, wantedOf(role, facet) ?? null, 'podid');
      if (fighter?.role !== role || fighter.facet !== facet || clock.now() > 2 * BUSY) return;
      clock.after(chance.between(15_000, 50_000), () => change(role, facet, 'terraform', 'terraform'));
    },
  });

  if (fighter !== undefined)
    clock.at(chance.between(0, BUSY), () => change(fighter.role, fighter.facet, 'terraform', 'terraform'));
  for (let left = 3 + chance.below(10); left > 0; left -= 1) {
    const [role, facet] = [chance.one(fleet.roles), chance.one(FACETS)];
    const at = chance.between(0, BUSY);
    clock.at(at, () =>
      change(role, facet, chance.one(['bad', 'worse', null, wantedOf(role, facet) ?? 'v0']), 'somebody'),
    );
    if (chance.happens(0.4))
      clock.at(at + chance.between(0, 70_000), () => grantChanges(role, facet, { chance, clock, podid, tell }));
  }
  if (mass) {
    const at = chance.between(0, BUSY);
    for (const role of fleet.roles)
      clock.at(at + chance.between(0, 500), () => change(role, 'trust', 'torn', 'terraform'));
  }
  if (dropping > 0) clock.at(chance.between(60_000, BUSY), podid.sweep);

  let leftForTheSweep: string[] = [];
  clock.at(LAST_SWEEP, () => {
    leftForTheSweep = dropping > 0 ? [] : differing(fleet);
    podid.sweep();
  });
  clock.run();
  return outcome(fleet, podid, leftForTheSweep);
};

/** A grant's machine: intent, write under the lease, and only later what is wanted is other; some die after the write. */
const grantChanges = (
  role: Role,
  facet: string,
  {
    chance,
    clock,
    podid,
    tell,
  }: {
    chance: Chance;
    clock: ReturnType<typeof simulatedClock>;
    podid: Podid;
    tell: (role: Role, facet: string, value: string | null, by: string) => void;
  },
): void => {
  // Machines of one role queue: one grant's change at a time.
  if (wantedOf(role, facet) === undefined || role.intents.length > 0) return;
  const value = `v${1 + chance.below(9)}`;
  if (value === wantedOf(role, facet)) return;
  const execution = `grant-${clock.now()}`;
  const intent: Intent = { execution, facet, value, at: new Date(clock.now()).toISOString(), requestIds: [] };
  role.intents.push(intent);
  const write = (): void => {
    if (!podid.lease(role, execution)) {
      clock.after(2_000, write);
      return;
    }
    clock.after(chance.between(200, 2_000), () => {
      set(role, facet, value, clock.now());
      role.lastWritten = clock.now();
      intent.written = true;
      intent.crashed = chance.happens(0.2);
      podid.release(role, execution);
      tell(role, facet, value, 'podid');
      if (intent.crashed) {
        add(role.foreign, facet);
        add(role.crashed, facet);
      } else clock.after(chance.between(2_000, 45_000), activate);
    });
  };
  const activate = (): void => {
    add(role.wished, facet);
    role.desired = {
      ...role.desired,
      wanted: role.desired.wanted.map((each) => (each.facet === facet ? wantedAs(facet, value, 2) : each)),
    };
    role.intents.splice(role.intents.indexOf(intent), 1);
    podid.poke(role);
  };
  clock.after(chance.between(0, 3_000), write);
};

/** What is other than wanted and held by nothing. */
const differing = (fleet: Fleet): string[] =>
  fleet.roles.flatMap((role) => {
    if (
      role.concerned.some(
        ({ cluster }) => fleet.observed.has(cluster) || fleet.breakers.get(cluster)?.tripped !== undefined,
      )
    )
      return [];
    const fights = latchedFights(role.known.fights);
    return FACETS.filter(
      (facet) =>
        !role.conflicting.has(facet) &&
        !role.excepted.has(facet) &&
        !fights.has(facet) &&
        (present(role)[facet] ?? null) !== meantOf(role, facet),
    ).map((facet) => `${facet} of ${role.ref.roleArn}`);
  });

const outcome = (fleet: Fleet, podid: Podid, left: readonly string[]): Outcome => {
  const violations = [...podid.wrongs];
  for (const what of differing(fleet)) violations.push(`not as wanted: ${what}`);
  for (const what of left) violations.push(`left for the sweep: ${what}`);
  let [writes, changes] = [0, 0];
  for (const role of fleet.roles) {
    const name = role.ref.roleArn;
    const found = detectDifferences({
      ref: role.ref,
      actual: { readAt: '', complete: true, unread: [], facets: present(role) },
      desired: role.desired,
    });
    if (keys(found) !== keys(role.open))
      violations.push(`findings of ${name}: ${keys(role.open)} are open, ${keys(found)} are true`);
    for (const facet of FACETS) {
      const [written, foreign, wished] = [role.writes, role.foreign, role.wished].map(
        (counts) => counts.get(facet) ?? 0,
      );
      writes += written ?? 0;
      changes += (foreign ?? 0) + (wished ?? 0);
      if ((written ?? 0) > (foreign ?? 0) + (wished ?? 0)) {
        violations.push(`too many writes: ${facet} of ${name} ${written} for ${foreign} and ${wished} changes`);
      }
      const reverts = (written ?? 0) - (role.crashed.get(facet) ?? 0);
      if (reverts > (FIGHT_CHANGES - 1) * (1 + (wished ?? 0))) violations.push(`fought on: ${facet} of ${name}`);
      if (latchedFights(role.known.fights).has(facet) && (foreign ?? 0) < FIGHT_CHANGES) {
        violations.push(`no fight: ${facet} of ${name} latched after ${foreign} foreign changes`);
      }
      if ((written ?? 0) > 0 && role.concerned.some(({ cluster }) => fleet.observed.has(cluster))) {
        violations.push(`observed, and written to: ${name}`);
      }
      if ((written ?? 0) > 0 && (role.conflicting.has(facet) || role.excepted.has(facet))) {
        violations.push(`held, and written to: ${facet} of ${name}`);
      }
    }
  }
  return { violations, writes, changes };
};

const keys = (findings: readonly { facet: string; is: string | null; shouldBe: string | null }[]): string =>
  findings
    .map(({ facet, is, shouldBe }) => `${facet}:${is}/${shouldBe}`)
    .sort()
    .join(' ');
