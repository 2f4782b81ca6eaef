import { describe, expect, it } from '@jest/globals';
import { relative, storyJson, storyText } from '../../../functions/revocation/story.ts';
import type { Revocation } from '../../../functions/revocation.ts';
import type { JournalEntry } from '../../../functions/store/journal.ts';
import type { RevocationRow } from '../../../functions/store/revocation-row.ts';
import { association, failure, revocation, role, run, type World, world } from '../../statemachines/revoke-world.ts';
import { golden } from './golden.ts';

const tell = async (input: Revocation, the: World): Promise<{ row: RevocationRow; journal: JournalEntry[] }> => {
  await run(input, the);
  const journal = the.notes.map(({ round: _, ...note }) => ({ ...note, subject: input.id, by: 'test' }));
  const ended = the.result === undefined ? {} : { endedAt: the.result.times.endedAt, outcome: the.result.outcome };
  return {
    row: { revocation: input, status: 'ended', startedAt: '2026-11-21T09:00:00.700Z', ...ended, story: the.result },
    journal,
  };
};

const residual = (): World => {
  const the = world({
    pods: new Map([
      ['api', 3],
      ['worker', 1],
    ]),
    fallback: {
      irsaRoleArn: role('checkout-api-irsa'),
      nodeRoles: [
        {
          roleArn: role('node'),
          reachable: 'yes',
          nodes: 3,
          because: 'the metadata hop limit is 2: pods are within it',
        },
      ],
    },
  });
  the.reaches.set(role('checkout-api'), {
    reaches: [role('reports', '333333333333'), role('partner', '999999999999')],
    unbounded: [],
  });
  return the;
};
const admin = {
  type: 'AssumedRole',
  arn: 'arn:aws:sts::222222222222:assumed-role/Admin/alice',
  issuerArn: role('Admin'),
  sourceIp: '203.0.113.7',
  userAgent: 'aws-cli/2.22.0',
  mfa: true,
  eventId: '5f2b6f0c-0d3c-4a53-9a3f-0a5d1c7e8b11',
};

describe('a story reads as in its golden file', () => {
  it.each([
    ['revoked', () => revocation(), () => world()],
    ['residual', () => revocation({ actor: admin }), residual],
    ['observed', () => revocation({ mode: 'observe', attempt: 2 }), () => world()],
    [
      'failed',
      () => revocation({ former: association({ targetRoleArn: role('reports', '333333333333') }) }),
      () => {
        const the = world();
        the.before.set('assess', () => {
          throw failure('ClusterForbidden', 'pods is forbidden: no access entry for podid-assess-eu-central-1');
        });
        return the;
      },
    ],
  ] as const)('%s', async (name, input, the) => {
    const { row, journal } = await tell(input(), the());
    const text = storyText(row, journal);
    expect(text).toBe(golden(`story-${name}.txt`, text));
  });
});

it('tells of one that runs still, and of one whose result another version wrote', () => {
  const row: RevocationRow = { revocation: revocation(), status: 'running', startedAt: '2026-11-21T09:00:00.700Z' };
  expect(storyText(row, [])).toContain('r-0123456789ab-1: running');
  expect(storyText({ ...row, status: 'ended', outcome: 'revoked', story: { strange: true } }, [])).toContain(
    'r-0123456789ab-1: revoked',
  );
});

it('is plain JSON with everything in it', async () => {
  const { row, journal } = await tell(revocation(), world());
  const json = storyJson(row, journal);
  expect(JSON.parse(JSON.stringify(json))).toEqual(json);
  expect(json).toMatchObject({
    outcome: 'revoked',
    result: { cut: [{ status: 'cut' }] },
    revocation: { actor: { arn: expect.any(String) } },
  });
  expect(json.journal.length).toBeGreaterThan(5);
});

it.each([
  [0.84, '+0.8 s'],
  [-3, '-3.0 s'],
  [59.94, '+59.9 s'],
  [60, '+1 min 0 s'],
  [3599.7, '+1 h 0 min'],
  [22_200, '+6 h 10 min'],
])('shows %d seconds as %s', (seconds, text) => {
  const since = '2026-11-21T09:00:00Z';
  expect(relative(since, new Date(Date.parse(since) + seconds * 1000).toISOString())).toBe(text);
});
