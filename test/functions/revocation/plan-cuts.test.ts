import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { Config } from '../../../functions/config.ts';
import type {
  Associations,
  CutResult,
  Phase,
  PlanCutsInput,
  PlanCutsOutput,
} from '../../../functions/revocation/contract.ts';
import { LIMITS, NOTHING_KNOWN } from '../../../functions/revocation/known-roles.ts';
import { type CutFacts, type CutPlan, planCuts } from '../../../functions/revocation/plan-cuts.ts';
import { judgeStanding } from '../../../functions/revocation/standing.ts';
import type { DenyRow } from '../../../functions/store/denies.ts';
import type { RevocationRow } from '../../../functions/store/revocation-row.ts';
import { ACCOUNT, association, config, revocation, role, SINCE } from '../../statemachines/revoke-world.ts';
import { golden } from './golden.ts';

const at = (seconds: number): Date => new Date(Date.parse(SINCE) + seconds * 1000);
const read = (change: Partial<Extract<Associations, { readAt: string }>> = {}): Associations => ({
  cluster: 'present',
  readAt: SINCE,
  ...change,
});
const unreadable: Associations = { error: { Error: 'AccessDenied' } };
const deletedAndBack = (seconds: number) =>
  association({ associationId: 'a-2', createdAt: at(seconds).toISOString(), modifiedAt: at(seconds).toISOString() });
const updated = (change: Parameters<typeof association>[0]) =>
  association({ modifiedAt: at(0).toISOString(), ...change });

describe('standing: what the identity holds now', () => {
  const deletion = revocation();
  const update = revocation({ cause: 'association-updated' });
  const { former: _, ...creation } = revocation({ cause: 'association-created' });
  it.each([
    ['nothing', deletion, read(), 1, 'gone'],
    ['no cluster', deletion, read({ cluster: 'gone' }), 1, 'cluster-gone'],
    ['nobody can tell', deletion, unreadable, 1, 'unreadable'],
    ['the deleted association, just after', deletion, read({ association: association() }), 1, 'unsettled'],
    ['the deleted association, for good', deletion, read({ association: association() }), 31, 'unchanged'],
    ['the same again in the window', deletion, read({ association: deletedAndBack(29) }), 40, 'same-again'],
    ['the same again after it', deletion, read({ association: deletedAndBack(31) }), 40, 'held'],
    [
      'the same again, unknown since when',
      deletion,
      read({ association: { ...association({ associationId: 'a-2' }), createdAt: undefined } }),
      40,
      'held',
    ],
    ['another role at once', deletion, read({ association: { ...deletedAndBack(1), roleArn: role('b') } }), 2, 'held'],
    [
      'the same role without session tags',
      deletion,
      read({ association: { ...deletedAndBack(1), disableSessionTags: true } }),
      2,
      'held',
    ],
    ['an update that is not visible yet', update, read({ association: association() }), 1, 'unsettled'],
    ['an update', update, read({ association: updated({ roleArn: role('b') }) }), 1, 'held'],
    [
      'an update that was taken back',
      update,
      read({ association: updated({ modifiedAt: at(5).toISOString() }) }),
      6,
      'same-again',
    ],
    [
      'an update that was taken back late',
      update,
      read({ association: updated({ modifiedAt: at(50).toISOString() }) }),
      60,
      'held',
    ],
    ['a creation that is not visible yet', creation, read(), 1, 'unsettled'],
    ['a creation that is gone again', creation, read(), 60, 'gone'],
    ['a creation', creation, read({ association: deletedAndBack(0) }), 1, 'held'],
  ] as const)('%s', (_name, input, associations, seconds, kind) => {
    const clean: Associations = JSON.parse(JSON.stringify(associations));
    expect(judgeStanding(input, clean, 30, at(seconds)).kind).toBe(kind);
  });
});

describe('which denies', () => {
  const T1 = role('target-1');
  const T2 = role('target-2');
  const source = role('checkout-api');
  const bound = at(0).toISOString();
  const deletion = revocation();
  const update = (former: Parameters<typeof association>[0]) =>
    revocation({ cause: 'association-updated', former: association(former) });
  const cases: [name: string, PlanCutsInput['revocation'], Associations, string[]][] = [
    ['deleted: the role, by its tags alone', deletion, read(), [`cut ${source} tags`]],
    [
      'deleted with a target role: both',
      revocation({ former: association({ targetRoleArn: T1 }) }),
      read(),
      [`cut ${source} tags`, `cut ${T1} tags`],
    ],
    [
      'deleted, unreadable: with a time, which can not hurt a later association',
      deletion,
      unreadable,
      [`cut ${source} tags < now`],
    ],
    [
      'back after the window: only sessions from before',
      deletion,
      read({ association: deletedAndBack(31) }),
      [`cut ${source} tags < ${at(31).toISOString()}`],
    ],
    [
      'another role: the old one without a time',
      update({}),
      read({ association: updated({ roleArn: role('b') }) }),
      [`cut ${source} tags`],
    ],
    [
      'another target: only the old target',
      update({ targetRoleArn: T1 }),
      read({ association: updated({ targetRoleArn: T2 }) }),
      [`cut ${T1} tags`],
    ],
    [
      'a target where there was none: the pods had the source itself',
      update({}),
      read({ association: updated({ targetRoleArn: T1 }) }),
      [`cut ${source} tags < ${bound}`],
    ],
    [
      'no target any more: the old target',
      update({ targetRoleArn: T1 }),
      read({ association: updated({}) }),
      [`cut ${T1} tags`],
    ],
    [
      'session tags switched off: sessions with them',
      update({}),
      read({ association: updated({ disableSessionTags: true }) }),
      [`cut ${source} tags < ${bound}`],
    ],
    [
      'the former source is the new target: only from before',
      update({}),
      read({ association: updated({ roleArn: role('b'), targetRoleArn: source }) }),
      [`cut ${source} tags < ${bound}`],
    ],
    [
      'an account without a spoke: named, not cut',
      revocation({ former: association({ targetRoleArn: role('x', '999999999999') }) }),
      read(),
      [`cut ${source} tags`],
    ],
    ['an unknown past: nothing to cut', { ...deletion, former: undefined }, read(), []],
    [
      'tags off, settings say report: nothing',
      revocation({ former: association({ disableSessionTags: true }) }),
      read(),
      [],
    ],
  ];
  it.each(cases)('%s', (_name, input, associations, expected) => {
    const clean: PlanCutsInput['revocation'] = JSON.parse(JSON.stringify(input));
    expect(shown(plan({ revocation: clean, associations, now: at(40) }))).toEqual(expected);
  });

  it.each([
    ['cluster', 'session-name'],
    ['whole-role', 'whole-role'],
  ] as const)('with tags off and the setting %s: the form %s, and whom it hits is said first', (setting, form) => {
    const identity = revocation().identity;
    const neighbour = {
      identity: { ...identity, serviceAccount: 'web' },
      state: association({ disableSessionTags: true }),
    };
    const elsewhere = {
      identity: { ...identity, cluster: 'billing' },
      state: association({ disableSessionTags: true }),
    };
    const made = plan({
      revocation: revocation({ former: association({ disableSessionTags: true }) }),
      associations: read(),
      now: at(1),
      config: config({ withoutSessionTags: setting }),
      neighbours: new Map([[source, [neighbour, elsewhere]]]),
    });
    expect(shown(made)).toEqual([`cut ${source} ${form} < now`]);
    const intent = made.notes.find(({ kind }) => kind === 'intent')?.text;
    expect(intent).toContain('checkout/web in cluster payments');
    expect(intent?.includes('cluster billing')).toBe(setting === 'whole-role');
  });

  it('bounds a deny from an earlier revocation on a role that the identity holds again, and one it reaches', () => {
    const row = (roleArn: string, more: Partial<DenyRow> = {}): DenyRow => ({
      identity: deletion.identity,
      roleArn,
      form: 'tags',
      policyName: 'podid-deny-x',
      revocation: 'r-earlier-1',
      status: 'in-force',
      at: at(-3600).toISOString(),
      ...more,
    });
    const denies = [
      row(role('b')),
      row(role('reached'), { reachedFrom: role('b') }),
      row(role('still-lost')),
      row(role('c'), { issuedBefore: at(-60).toISOString() }),
      row(role('d'), { status: 'lifted' }),
    ];
    const associations = read({ association: updated({ roleArn: role('b') }) });
    expect(shown(plan({ revocation: update({}), associations, denies, now: at(1) }))).toEqual([
      `cut ${source} tags`,
      `cut ${role('b')} tags < ${bound}`,
      `cut ${role('reached')} tags < ${bound}`,
    ]);
  });
});

describe('a plan', () => {
  it('loosens nothing that stands when the associations can not be read', () => {
    const first = plan({ revocation: revocation(), associations: read(), now: at(1) });
    const results = first.output.cuts.map(
      ({ cut }): CutResult => ({
        cut,
        outcome: { status: 'cut', policyName: 'p', at: at(1).toISOString() },
        trace: undefined,
      }),
    );
    const after = plan({
      revocation: revocation(),
      associations: read(),
      known: first.output.known,
      ran: results,
      now: at(2),
    });
    const blind = plan({
      revocation: revocation(),
      associations: unreadable,
      phase: 'final',
      known: after.output.known,
      denies: after.denies.concat(first.denies),
      now: at(60),
    });
    const known = plan({
      revocation: revocation(),
      associations: unreadable,
      phase: 'final',
      known: after.output.known,
      ran: [],
      denies: denyRows(results),
      now: at(60),
    });
    expect(known.output.cuts.map(({ cut }) => cut.issuedBefore)).toEqual([undefined]);
    expect(blind.output.known.roles.length).toBe(1);
  });

  it('moves a time that is only "now" once, after the settle window', () => {
    const facts = { revocation: revocation(), associations: unreadable };
    const first = plan({ ...facts, now: at(1) });
    const ran = first.output.cuts.map(
      ({ cut }): CutResult => ({
        cut,
        outcome: { status: 'cut', policyName: 'p', at: at(1).toISOString() },
        trace: undefined,
      }),
    );
    const again = plan({ ...facts, known: first.output.known, ran, now: at(3) });
    expect(again.output).toMatchObject({ cuts: [], next: 'settle' });
    const settled = plan({ ...facts, phase: 'settled', known: again.output.known, now: at(31) });
    expect(settled.output.cuts.map(({ cut }) => cut.issuedBefore)).toEqual([at(31).toISOString()]);
  });

  it('waits for what is left of the window, and not longer when the clocks differ', () => {
    const facts = { revocation: revocation(), associations: read({ cluster: 'present' as const }) };
    const next = (seconds: number, phase: Phase = 'first') => {
      const { known } = plan({ ...facts, now: at(seconds) }).output;
      const roles = known.roles.map((one) => ({
        ...one,
        outcome: { status: 'role-gone' as const, policyName: 'p', at: SINCE },
        traced: true,
      }));
      const { next: step, settleSeconds } = plan({
        ...facts,
        phase,
        known: { ...known, roles },
        now: at(seconds),
      }).output;
      return [step, settleSeconds];
    };
    expect(next(0.5)).toEqual(['settle', 30]);
    expect(next(12)).toEqual(['settle', 18]);
    expect(next(30)).toEqual(['restart', 0]);
    expect(next(-500)).toEqual(['settle', 30]);
    expect(next(31, 'settled')).toEqual(['restart', 0]);
    expect(next(31, 'final')).toEqual(['record', 0]);
  });

  it('reads as in the golden file', () => {
    const former = association({ targetRoleArn: role('reports', '333333333333') });
    const wanted = revocation({ former });
    const lines: string[] = [];
    let known = NOTHING_KNOWN;
    let ran: CutResult[] = [];
    for (let round = 0; round < 3; round += 1) {
      const made = plan({ revocation: wanted, associations: read(), known, ran, now: at(1 + round) });
      lines.push(`round ${round + 1}: ${made.output.next}`, ...shown(made).map((line) => `  ${line}`));
      lines.push(...made.notes.map(({ kind, step, object, text }) => `    ${kind} ${step} ${object}: ${text}`));
      known = made.output.known;
      ran = made.output.cuts.map(({ cut }) => ({
        cut,
        outcome: cut.roleArn.endsWith('full')
          ? {
              status: 'no-room',
              policyName: 'podid-deny-1',
              at: at(2).toISOString(),
              because: '10,240 characters are used up.',
            }
          : { status: 'cut', policyName: 'podid-deny-1', at: at(2).toISOString() },
        trace:
          cut.roleArn === former.roleArn
            ? { reaches: [role('full'), role('x', '999999999999')], unbounded: ['arn:aws:iam::*:role/ops-*'] }
            : { reaches: [], unbounded: [] },
      }));
    }
    const text = `${lines.join('\n')}\n`;
    expect(text).toBe(golden('plan-cuts.txt', text));
  });
});

describe('for any graph of roles', () => {
  const ROLES = 70;
  const graph = fc.array(fc.array(fc.nat(ROLES - 1), { maxLength: 6 }), { minLength: ROLES, maxLength: ROLES });
  const statuses = fc.infiniteStream(fc.constantFrom('cut', 'already-cut', 'role-gone', 'refused', 'no-room', 'error'));
  // Every seventh role is in an account without a spoke.
  const arn = (index: number) => role(`r${index}`, index % 7 === 3 ? '999999999999' : ACCOUNT);

  it('each role is asked once a phase, every reachable one is cut or named, and the rounds end', () => {
    fc.assert(
      fc.property(graph, statuses, (edges, outcomes) => {
        const wanted = revocation({ former: association({ roleArn: arn(0) }) });
        const asked: string[] = [];
        const { known } = carryOut(wanted, 'first', (cut) => {
          asked.push(cut.roleArn);
          const status = outcomes.next().value;
          const index = Number(/r(\d+)$/.exec(cut.roleArn)?.[1]);
          return {
            cut,
            outcome: status === 'error' ? { error: { Error: 'Throttled' } } : { status, policyName: 'p', at: SINCE },
            trace: { reaches: (edges[index] ?? []).map(arn), unbounded: [] },
          };
        });
        expect(new Set(asked).size).toBe(asked.length);
        expect(asked.length).toBeLessThanOrEqual(LIMITS.roles);
        const named = new Set([...known.roles, ...known.elsewhere].map(({ roleArn }) => roleArn));
        const reachable = known.roles
          .flatMap(({ roleArn }) => edges[Number(/r(\d+)$/.exec(roleArn)?.[1])] ?? [])
          .map(arn);
        // What is past the length of the list is counted.
        expect(new Set(reachable.filter((one) => !named.has(one))).size).toBeLessThanOrEqual(known.omitted);
        for (const one of asked) expect(one).toContain(ACCOUNT);
      }),
      { numRuns: 60 },
    );
  });

  it('the same input gives the same plan: a crash between plan and answer changes nothing', () => {
    fc.assert(
      fc.property(graph, fc.nat(60), (edges, seconds) => {
        const wanted = revocation({ former: association({ roleArn: arn(0) }) });
        const facts = { revocation: wanted, associations: read(), now: at(seconds) };
        const first = plan(facts);
        const ran = first.output.cuts.map(
          ({ cut }): CutResult => ({
            cut,
            outcome: { status: 'cut', policyName: 'p', at: SINCE },
            trace: { reaches: (edges[0] ?? []).map(arn), unbounded: [] },
          }),
        );
        const second = { ...facts, known: first.output.known, ran };
        expect(plan(second)).toEqual(plan(second));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a creation while the deletion before it is still being handled', () => {
  const deletion = revocation();
  const { former: _, ...creation } = revocation({ cause: 'association-created', id: 'r-created-1' });
  const deny: DenyRow = {
    identity: deletion.identity,
    roleArn: association().roleArn,
    form: 'tags',
    policyName: 'p',
    revocation: deletion.id,
    status: 'in-force',
    at: at(1).toISOString(),
  };
  const row = { revocation: deletion, startedAt: SINCE };

  it.each([
    ['leaves the deny to it when the same was given back in the window', { ...row, status: 'running' }, 5, 0],
    [
      'leaves it also when that one has just ended as not needed',
      { ...row, status: 'ended', outcome: 'not-needed' },
      5,
      0,
    ],
    ['bounds it when that one has ended as revoked', { ...row, status: 'ended', outcome: 'revoked' }, 5, 1],
    ['bounds it when the same was given back after the window', { ...row, status: 'running' }, 31, 1],
  ] as [string, RevocationRow, number, number][])('%s', (_title, owner, back, cuts) => {
    const { output } = plan({
      revocation: creation,
      associations: read({ association: deletedAndBack(back) }),
      denies: [deny],
      owners: new Map([[deletion.id, owner]]),
      now: at(back + 10),
    });
    expect(output.cuts).toHaveLength(cuts);
  });
});

type Facts = Pick<PlanCutsInput, 'revocation' | 'associations'> & { readonly now: Date } & Partial<
    Pick<PlanCutsInput, 'phase' | 'known' | 'ran'>
  > &
  Partial<Pick<CutFacts, 'config' | 'denies' | 'owners' | 'neighbours' | 'brakes'>>;

const plan = ({
  revocation: wanted,
  associations,
  now,
  phase = 'first',
  known = NOTHING_KNOWN,
  ran = [],
  ...rest
}: Facts): CutPlan =>
  planCuts({
    input: { revocation: wanted, phase, associations, known, ran },
    config: Config.parse(config()),
    denies: [],
    owners: new Map(),
    neighbours: new Map(),
    brakes: { breaker: {} },
    now,
    ...rest,
  });

/** Each cut as a line; a time that is the plan's own is shown as `now`. */
const shown = ({ output }: CutPlan): string[] =>
  output.cuts.map(({ cut }) => {
    const isNow = cut.issuedBefore === output.effectiveAt;
    const time = cut.issuedBefore === undefined ? '' : ` < ${isNow ? 'now' : cut.issuedBefore}`;
    return `${cut.do} ${cut.roleArn} ${cut.form}${time}`;
  });

const denyRows = (results: readonly CutResult[]): DenyRow[] =>
  results.map(({ cut }) => ({
    identity: cut.identity,
    roleArn: cut.roleArn,
    form: cut.form,
    policyName: 'p',
    revocation: cut.revocation,
    status: 'in-force',
    at: SINCE,
  }));

/** Plans and answers until the phase has nothing more to cut. */
const carryOut = (
  wanted: PlanCutsInput['revocation'],
  phase: Phase,
  answer: (cut: CutResult['cut']) => CutResult,
): PlanCutsOutput => {
  let output = plan({ revocation: wanted, associations: read(), phase, now: at(1) }).output;
  for (let round = 0; output.next === 'cut'; round += 1) {
    expect(round).toBeLessThan(LIMITS.roles);
    const ran = output.cuts.map(({ cut }) => answer(cut));
    output = plan({ revocation: wanted, associations: read(), phase, known: output.known, ran, now: at(1) }).output;
  }
  return output;
};
