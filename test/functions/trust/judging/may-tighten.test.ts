import { describe, expect, it } from '@jest/globals';
import { clusterArn } from '../../../../functions/identity.ts';
import type { FindingRow } from '../../../../functions/store/finding-row.ts';
import {
  clustersOf,
  isTooBroad,
  MOST_ROUNDS,
  type TightenFacts,
  whyNotTighten,
} from '../../../../functions/trust/judging/may-tighten.ts';
import { cause, config, identity, LOOK, OTHER, OURS, role, use } from './samples.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const hoursAgo = (hours: number): string => new Date(NOW.getTime() - hours * 3_600_000).toISOString();
const swept = (hours: number) =>
  new Map(
    clustersOf(config(), role('orders')).map((cluster) => [
      clusterArn(cluster),
      { cluster, startedAt: hoursAgo(hours), completedAt: hoursAgo(hours) },
    ]),
  );
const facts = (change: Partial<TightenFacts> = {}): TightenFacts => ({
  config: config(),
  roleArn: role('orders'),
  uses: [use('api'), use('job', { sourceRoleArn: role('other'), tagsDisabled: true })],
  swept: swept(11.9),
  killSwitch: undefined,
  cause: cause(),
  look: LOOK,
  rows: [],
  now: NOW,
  ...change,
});

const widenedAgain = (times: number, kind: string, hours: number): FindingRow => ({
  id: 'f-1',
  object: role('orders'),
  reason: 'TrustTooBroad',
  severity: 'error',
  sentence: 'x',
  state: 'open',
  openedAt: hoursAgo(0),
  openedBy: { kind: 'RoleTrustChanged', actor: { type: 'IAMUser', arn: 'arn:terraform', eventId: 'e' } },
  seenAt: hoursAgo(0),
  timesSeen: 1,
  timesOpened: times + 1,
  version: 1,
  earlier: Array.from({ length: times }, () => ({
    openedAt: hoursAgo(hours + 1),
    openedBy: { kind: 'RoleTrustChanged' },
    resolvedAt: hoursAgo(hours),
    resolvedBy: { kind },
  })),
});

describe('a trust policy is narrowed', () => {
  it('when everything holds', () => {
    expect(whyNotTighten(facts())).toBeUndefined();
    expect(whyNotTighten(facts({ roleArn: role('team/deep/x') }))).toBeUndefined();
  });

  const kill = (on: boolean) => ({ on, by: 'bob', at: hoursAgo(1), why: 'incident 7' });
  const elsewhere = (change: object) => ({ uses: [use('api', { identity: identity('api', change) })] });
  it.each<[string, Partial<TightenFacts>, string]>([
    ['the kill switch is on', { killSwitch: kill(true) }, 'The kill switch is on'],
    ['the role is not under management', { roleArn: role('stranger') }, 'not under management'],
    ['the role is excluded', { roleArn: role('break-glass') }, 'excluded by the configuration'],
    ['the account is not configured', { roleArn: role('orders', '000000000000') }, 'not under management'],
    ['nobody has an association with it', { uses: [] }, 'No association has it'],
    ['it is a target role alone', { uses: [use('job', { sourceRoleArn: role('o') })] }, 'No association has it'],
    ['tags are disabled', { uses: [use('api'), use('web', { tagsDisabled: true })] }, 'session tags disabled'],
    ['a cluster is not configured', elsewhere({ cluster: 'unknown' }), 'Cluster unknown (111122223333, eu-west-1) has'],
    ['a cluster only observes', elsewhere({ cluster: 'batch', region: 'eu-central-1' }), 'is in mode observe'],
    ['no cluster was ever listed', { swept: new Map() }, 'was not listed completely within 12 h'],
    ['one cluster of the account was not', { swept: new Map([...swept(1)].slice(0, 1)) }, 'Cluster batch'],
    ['the last listing is old', { swept: swept(12.1) }, 'was not listed completely'],
    [
      'this execution has tried in vain',
      { look: { ...LOOK, held: 'The spoke refused. Because.' } },
      'The spoke refused.',
    ],
    ['it has tried often', { look: { ...LOOK, rounds: MOST_ROUNDS } }, 'narrowed 4 times'],
    [
      'an association was taken away',
      { cause: cause({ kind: 'AssociationDeleted' }) },
      'which AssociationDeleted did not',
    ],
    ['its own policies changed', { cause: cause({ kind: 'RolePolicyChanged' }) }, 'which RolePolicyChanged did not'],
    ['we wrote it ourselves', { cause: cause({ actor: OURS }) }, 'when somebody has written'],
    ['somebody fights it', { rows: [widenedAgain(3, 'TrustTightened', 1)] }, 'last by arn:terraform'],
    [
      'the names would not fit into a state',
      { uses: Array.from({ length: 400 }, (_, n) => use(`${n}`.padStart(253, 'x'))) },
      '400 service accounts',
    ],
    ['there are too many', { uses: Array.from({ length: 1001 }, (_, n) => use(`s${n}`)) }, '1001 service accounts'],
  ])('not when %s', (_title, change, because) => {
    const why = whyNotTighten(facts(change));
    expect(why).toContain(because);
    expect(why).toMatch(/[^.]\.$/);
  });

  it.each<[string, Partial<TightenFacts>]>([
    ['a kill switch that is off', { killSwitch: kill(false) }],
    ['two rounds of a fight', { rows: [widenedAgain(2, 'TrustTightened', 1)] }],
    ['a fight of the day before yesterday', { rows: [widenedAgain(8, 'TrustTightened', 25)] }],
    ['what others mended', { rows: [widenedAgain(8, 'RoleTrustChanged', 1)] }],
    ['an observed cluster that has nothing to do with it', {}],
    ['nobody but the sweep asking', { cause: { kind: 'Sweep', at: hoursAgo(0) } }],
    ['its being new', { cause: cause({ kind: 'RoleCreated' }) }],
    ['fewer rounds', { look: { ...LOOK, rounds: MOST_ROUNDS - 1 } }],
  ])('in spite of %s', (_title, change) => {
    expect(whyNotTighten(facts(change))).toBeUndefined();
  });

  it('only for findings that it mends', () => {
    expect(isTooBroad({ reason: 'TrustTooBroad', severity: 'error' })).toBe(true);
    expect(isTooBroad({ reason: 'WildcardNamespace', severity: 'info' })).toBe(false);
    expect(isTooBroad({ reason: 'TagSessionMissing', severity: 'error' })).toBe(false);
  });
});

it('the clusters of an account are those that the configuration names', () => {
  expect(clustersOf(config(), role('x', OTHER))).toEqual([]);
  expect(clustersOf(config(), role('x')).map(({ cluster }) => cluster)).toEqual(['payments', 'batch']);
});
