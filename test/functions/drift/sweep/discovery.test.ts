/** Which clusters are known by their tag after a search, which are lost, and why: a table. */
import { describe, expect, it, test } from '@jest/globals';
import { compareDiscovered, notConfigured, type Seen } from '../../../../functions/drift/sweep/discovery.ts';
import type { DiscoveredCluster } from '../../../../functions/store/discovered.ts';
import { SweepSettings } from '../../../../functions/sweep-settings.ts';
import { CLUSTER } from './world.ts';

const DAYS = ['2026-03-01', '2026-03-02', '2026-03-03'].map((day) => `${day}T00:00:00.000Z`);
const [FIRST = '', BEFORE = '', AT = ''] = DAYS;
const known = (name: string, more: Partial<DiscoveredCluster> = {}): DiscoveredCluster => ({
  name,
  since: FIRST,
  ...more,
});
const seen = (tagged: readonly string[], ...others: string[]): Seen => ({ names: [...tagged, ...others], tagged });
const recently = new Date(Date.parse(AT) - 3_600_000).toISOString();

describe('after a search', () => {
  test.each<[string, { before?: DiscoveredCluster[]; configured?: string[]; seen: Seen }, object]>([
    ['one that bears the tag is new', { seen: seen(['a'], 'b') }, { clusters: [known('a', { since: AT })] }],
    ['one that is known stays as it was', { before: [known('a')], seen: seen(['a']) }, { clusters: [known('a')] }],
    ['one that is listed is none, whatever it bears', { configured: ['a'], seen: seen(['a']) }, {}],
    [
      'one that is listed since then is let go',
      { before: [known('a')], configured: ['a'], seen: seen(['a']) },
      { lost: [{ cluster: 'a', because: 'listed' }], dropped: ['a'] },
    ],
    [
      'one without its tag is let go',
      { before: [known('a'), known('b')], seen: seen(['b'], 'a') },
      { clusters: [known('b')], lost: [{ cluster: 'a', because: 'untagged' }], dropped: ['a'] },
    ],
    [
      'one that is not there any more is told, and kept for what was in it',
      { before: [known('a')], seen: seen([]) },
      { clusters: [known('a', { goneAt: AT })], lost: [{ cluster: 'a', because: 'gone' }] },
    ],
    [
      'it is told once',
      { before: [known('a', { goneAt: recently })], seen: seen([]) },
      { clusters: [known('a', { goneAt: recently })] },
    ],
    ['and let go after a day', { before: [known('a', { goneAt: BEFORE })], seen: seen([]) }, { dropped: ['a'] }],
    [
      'one that was made again is there',
      { before: [known('a', { goneAt: BEFORE })], seen: seen(['a']) },
      { clusters: [known('a')] },
    ],
    [
      'where nobody looks for a tag any more, all are let go',
      { before: [known('a'), known('b', { goneAt: recently })], seen: undefined },
      {
        lost: ['a', 'b'].map((cluster) => ({ cluster, because: 'off' })),
        dropped: ['a', 'b'],
      },
    ],
  ])('%s', (_what, { before = [], configured = [], seen: listing }, expected) => {
    const found = compareDiscovered(before, new Set(configured), listing, AT);
    expect(found).toEqual({ clusters: [], lost: [], dropped: [], ...expected });
  });

  it('they stand in one order, so that the same is the same row', () => {
    const { clusters } = compareDiscovered([known('c')], new Set(), seen(['c', 'b', 'a']), AT);
    expect(clusters.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

test('a cluster that is only found is told as what it is', () => {
  expect(notConfigured(CLUSTER, { key: 'podid', value: 'observe' })).toMatchObject({
    reason: 'ClusterNotConfigured',
    severity: 'info',
    sentence:
      'Cluster payments (111122223333, eu-west-1) bears the tag podid=observe, and podid.config.yaml doesn’t list it: podid sees its associations and can cut nothing there.',
  });
  expect(notConfigured(CLUSTER, { key: 'podid' }).sentence).toContain('bears the tag podid, and');
});

describe('the setting', () => {
  const tag = (given: object) => SweepSettings.safeParse({ discover: { tag: given } }).success;
  test.each([
    [{ key: 'podid' }, true],
    [{ key: 'podid', value: 'observe' }, true],
    [{ key: 'team:podid/stage', value: 'Prüfung 1@x+y=z' }, true],
    [{ key: 'podid', value: '' }, true],
    [{ key: '' }, false],
    [{ value: 'observe' }, false],
    [{ key: 'podid', value: '*' }, false],
    [{ key: 'pod?d' }, false],
    // In a policy it would be the name of whoever asks.
    [{ key: 'podid', value: `\${aws:username}` }, false],
    [{ key: 'k'.repeat(129) }, false],
  ])('takes %j: %j', (given, expected) => {
    expect(tag(given)).toBe(expected);
  });

  it('names no regions: podid looks where it has a spoke stack', () => {
    expect(SweepSettings.safeParse({ discover: { tag: { key: 'podid' }, regions: ['eu-west-2'] } }).success).toBe(
      false,
    );
  });
});
