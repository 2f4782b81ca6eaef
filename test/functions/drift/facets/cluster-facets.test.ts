/** A cluster as EKS and its own API server tell of it, brought together. */
import { describe, expect, test } from '@jest/globals';
import {
  facetsOfCluster,
  type SeenControl,
  type SeenInside,
  withInside,
} from '../../../../functions/drift/facets/index.ts';

type Present = Extract<SeenControl, { present: true }>;
const asker = { principalArn: 'arn:reader', group: 'podid-observe' };
const IN = [{ principalArn: 'arn:reader', groups: ['podid-observe'] }];
const present = (more: Partial<Present> = {}): Present => ({
  present: true,
  createdAt: '2026-01-01T00:00:00Z',
  access: IN,
  ...more,
});
const none = { kind: 'none' } as const;
const ready = { kind: 'daemon-set', ready: true } as const;

describe('the agent', () => {
  test.each<
    [why: string, eks: Present['agent'], inside: SeenInside['agent'], text: string | undefined, unread: boolean]
  >([
    [
      'an add-on counts by its status',
      { kind: 'add-on', status: 'ACTIVE' },
      { kind: 'daemon-set', ready: false },
      'add-on',
      false,
    ],
    ['also where Kubernetes has nothing of it', { kind: 'add-on', status: 'ACTIVE' }, none, 'add-on', false],
    [
      'and where it isn’t to be had',
      { kind: 'add-on', status: 'DEGRADED' },
      undefined,
      'degraded add-on: DEGRADED',
      false,
    ],
    ['Auto Mode has it built in', { kind: 'built-in' }, none, 'built-in', false],
    ['somebody’s own DaemonSet', none, ready, 'daemon-set', false],
    [
      'one that isn’t on each node',
      none,
      { kind: 'daemon-set', ready: false },
      'degraded daemon-set: not ready',
      false,
    ],
    ['none at all', none, none, undefined, false],
    ['no add-on, and nobody could ask Kubernetes', none, undefined, undefined, true],
    ['EKS doesn’t say, Kubernetes does', undefined, ready, 'daemon-set', false],
    ['nobody says', undefined, undefined, undefined, true],
  ])('%s', (_why, eks, agent, text, unread) => {
    const control = present(eks && { agent: eks });
    const read = facetsOfCluster(withInside(control, agent === undefined ? {} : { agent }, asker));
    expect([read.facets.agent, read.unread.includes('agent')]).toEqual([text, unread]);
  });
});

describe('what podid may do', () => {
  test.each<
    [why: string, access: Present['access'], rbac: string[] | undefined, text: string | undefined, unread: boolean]
  >([
    ['as it is read', IN, ['b', 'a'], 'a\nb', false],
    ['nothing, and we are let in: lost', IN, [], undefined, false],
    ['nothing, and nobody could read who is let in: lost', undefined, [], undefined, false],
    ['nothing, without our access entry', [], [], undefined, true],
    ['nothing, without our group in it', [{ principalArn: 'arn:reader', groups: ['x'] }], [], undefined, true],
    ['nothing, and another is let in', [{ principalArn: 'arn:other', groups: ['podid-observe'] }], [], undefined, true],
    ['something, though EKS shows no access entry', [], ['a'], 'a', false],
    ['nobody could ask', IN, undefined, undefined, true],
  ])('%s', (_why, access, rbac, text, unread) => {
    const { access: _, ...rest } = present();
    const control = access === undefined ? rest : { ...rest, access };
    const read = facetsOfCluster(withInside(control, rbac === undefined ? {} : { rbac }, asker));
    expect([read.facets.rbac, read.unread.includes('rbac')]).toEqual([text, unread]);
  });

  test('of a cluster that is gone there is nothing to say', () => {
    expect(withInside({ present: false }, { rbac: ['a'], agent: ready }, asker)).toEqual({ present: false });
  });
});
