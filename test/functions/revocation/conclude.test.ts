import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { conclude } from '../../../functions/revocation/conclude.ts';
import type {
  AssessOutput,
  CutOutcome,
  KnownRole,
  RecordInput,
  Told,
  VerifyOutput,
} from '../../../functions/revocation/contract.ts';
import { REASONS } from '../../../functions/revocation/findings.ts';
import { NOTHING_KNOWN } from '../../../functions/revocation/known-roles.ts';
import type { Neighbours } from '../../../functions/revocation/neighbours.ts';
import { RevocationResult } from '../../../functions/revocation/result.ts';
import { ACCOUNT, association, config, revocation, role, SINCE } from '../../statemachines/revoke-world.ts';

const AT = '2026-11-21T09:00:01.000Z';
const NOW = new Date('2026-11-21T09:01:00Z');
const answer = (status: CutOutcome['status'], because?: string): CutOutcome => ({
  status,
  policyName: 'podid-deny-1',
  at: AT,
  ...(because === undefined ? {} : { because }),
});
const known = (change: Partial<KnownRole> = {}): KnownRole => ({
  roleArn: role('checkout-api'),
  account: ACCOUNT,
  region: 'eu-central-1',
  do: 'cut',
  form: 'tags',
  traced: true,
  ranIn: 'final',
  outcome: answer('already-cut'),
  acceptedAt: AT,
  ...change,
});
const error = (name: string, cause?: string) => ({
  error: { Error: name, ...(cause === undefined ? {} : { Cause: cause }) },
});
const assessment: AssessOutput = {
  workloads: [],
  omitted: 0,
  pods: { before: 3, all: 3 },
  fallback: { nodeRoles: [] },
  warnings: [],
};
const verification: VerifyOutput = {
  before: 0,
  examples: [],
  now: { none: 3, irsa: 0, podIdentity: 0 },
  deadlinePassed: false,
  verifiedAt: '2026-11-21T09:00:40Z',
};
const rolled: Told = { workload: { kind: 'Deployment', name: 'api' }, how: 'Roll', step: 'Roll', pods: 3 };

const plan = (roles: KnownRole[], more: Partial<RecordInput['plan']> = {}): RecordInput['plan'] => ({
  known: { ...NOTHING_KNOWN, roles },
  ran: [],
  standing: 'gone',
  ...more,
});
const restart = (told: Told[], more: Partial<RecordInput['restart']> = {}): RecordInput['restart'] => ({
  told,
  ran: [],
  deadline: null,
  trouble: null,
  ...more,
});
const state = (change: Partial<RecordInput> = {}): RecordInput => ({
  revocation: revocation(),
  phase: 'final',
  associations: { cluster: 'present', readAt: SINCE },
  plan: plan([known()]),
  assessment,
  restart: restart([rolled]),
  verification,
  ...change,
});
const concluded = (
  change: Partial<RecordInput> = {},
  neighbours: Neighbours = new Map(),
  settings = config().revocation,
) => conclude({ state: state(change), settings, config: config(), neighbours, now: NOW });

const withFallback = (fallback: AssessOutput['fallback']): Partial<RecordInput> => ({
  assessment: { ...assessment, fallback },
});
const node = (reachable: 'yes' | 'no' | 'unknown') =>
  withFallback({ nodeRoles: [{ roleArn: role('node'), reachable, nodes: 2, because: 'the hop limit is 2' }] });
const left = (change: Partial<Told>): Partial<RecordInput> => ({
  restart: restart([{ ...rolled, step: 'LeaveAlone', because: 'its deadline has passed', ...change }]),
  verification: { ...verification, before: 2, examples: ['api-1', 'api-2'] },
});
const residual = 'revoked-with-residual-access';
const untagged = revocation({ former: association({ disableSessionTags: true }) });
const { former: _, ...unknownPast } = revocation();

describe('outcome and reasons', () => {
  const cases: [name: string, change: Partial<RecordInput>, outcome: string, reasons: string[]][] = [
    ['all is done', {}, 'revoked', []],
    ['the role is gone', { plan: plan([known({ outcome: answer('role-gone') })]) }, 'revoked', []],
    ['no deny on the role', { plan: plan([known({ outcome: error('AccessDenied') })]) }, 'failed', ['DenyFailed']],
    [
      'no deny on a role it reaches',
      { plan: plan([known(), known({ roleArn: role('b'), from: 0, outcome: error('AccessDenied') })]) },
      residual,
      ['ReachedDenyFailed'],
    ],
    ['no room', { plan: plan([known({ outcome: answer('no-room', 'full') })]) }, residual, ['NoRoomForDeny']],
    ['refused', { plan: plan([known({ outcome: answer('refused', 'excluded') })]) }, residual, ['RoleExcluded']],
    ['not traced', { plan: plan([known({ untraced: 'AccessDenied' })]) }, residual, ['RolesNotTraced']],
    ['removed and put back', { plan: plan([known({ removed: true })]) }, 'revoked', ['DenyRemoved']],
    [
      'a role elsewhere',
      {
        plan: plan([known()], {
          known: {
            ...NOTHING_KNOWN,
            roles: [known()],
            elsewhere: [{ roleArn: role('x', '999999999999'), from: 0, because: 'not-ours' }],
          },
        }),
      },
      residual,
      ['RoleNotOurs'],
    ],
    [
      'too many roles',
      {
        plan: plan([known()], {
          known: {
            ...NOTHING_KNOWN,
            roles: [known()],
            elsewhere: [{ roleArn: role('y'), from: 0, because: 'limit' }],
            omitted: 7,
          },
        }),
      },
      residual,
      ['TooManyRoles', 'TooManyRoles'],
    ],
    [
      'an unbounded permission',
      {
        plan: plan([known()], {
          known: { ...NOTHING_KNOWN, roles: [known()], unbounded: [{ pattern: '*', from: 0 }] },
        }),
      },
      residual,
      ['UnboundedAssumeRole'],
    ],
    ['an unknown past', { revocation: unknownPast, plan: plan([]) }, residual, ['PriorStateUnknown']],
    ['session tags off, nothing allowed', { revocation: untagged, plan: plan([]) }, residual, ['SessionTagsDisabled']],
    [
      'unreadable to the end',
      { associations: error('AccessDenied'), plan: plan([known()], { standing: 'unreadable' }) },
      residual,
      ['AssociationsUnreadable'],
    ],
    ['IRSA takes over', withFallback({ irsaRoleArn: role('old'), nodeRoles: [] }), residual, ['IrsaFallback']],
    ["the node's role is reachable", node('yes'), residual, ['NodeRoleReachable']],
    ["the node's role is not", node('no'), 'revoked', []],
    ['nobody can tell', node('unknown'), 'revoked', ['NodeRoleUnknown']],
    ['a workload left alone', left({}), residual, ['PodsRemain', 'WorkloadLeftAlone']],
    [
      'a bare pod left alone',
      left({ workload: { kind: 'Pod', name: 'tool' } }),
      residual,
      ['BarePodLeft', 'PodsRemain'],
    ],
    [
      'deleted past the deadline',
      { restart: restart([{ ...rolled, how: 'Delete', because: 'the deadline has passed' }]) },
      'revoked',
      ['DeletedInsteadOfEvicted'],
    ],
    [
      'the cluster is out of reach',
      {
        assessment: error('ClusterUnreachable', '{"errorMessage":"no route"}'),
        verification: undefined,
        restart: restart([]),
      },
      'failed',
      ['ClusterUnreachable'],
    ],
    [
      'the cluster goes meanwhile',
      { assessment: error('ClusterGone'), verification: undefined, restart: restart([]) },
      'revoked',
      [],
    ],
    ['nobody may look', { verification: error('ClusterForbidden') }, 'failed', ['ClusterForbidden']],
    [
      'restarts fail',
      { restart: restart([], { trouble: { ...error('ServiceUnavailable'), rounds: 3 } }) },
      'failed',
      ['RestartFailed'],
    ],
    ['a state failed that nobody was ready for', { error: error('RowMalformed').error }, 'failed', ['MachineFailed']],
    [
      'the same again',
      { plan: plan([known({ do: 'lift', outcome: answer('lifted') })], { standing: 'same-again' }), ...node('yes') },
      'not-needed',
      [],
    ],
    [
      'the same again, but the deny stays',
      { plan: plan([known({ do: 'lift', outcome: error('AccessDenied') })], { standing: 'same-again' }) },
      'failed',
      ['DenyLeftBehind'],
    ],
  ];
  it.each(cases)('%s', (_name, change, outcome, reasons) => {
    const { result } = concluded(change);
    expect([result.outcome, result.findings.map(({ reason }) => reason).sort()]).toEqual([outcome, reasons]);
    expect(RevocationResult.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
    for (const { sentence, severity, remedy } of result.findings) {
      expect(sentence).toMatch(/^[A-Z\d].*\.$/s);
      // Who reads that something is wrong is told what mends it.
      if (severity !== 'info' && severity !== 'warning') expect(remedy).toBeDefined();
    }
  });

  const held = {
    plan: plan([known({ outcome: undefined })], { held: 'because' }),
    verification: { ...verification, before: 3 },
    restart: restart([]),
  };
  it.each([
    ['observe', { ...held, revocation: revocation({ mode: 'observe' }) }, 'observed'],
    ['a brake', held, 'halted'],
    ['a brake after everything was done', { plan: plan([known()], { held: 'because' }) }, 'revoked'],
    [
      'a brake between denies and restart',
      { restart: restart([], { held: 'because' }), verification: { ...verification, before: 3 } },
      'halted',
    ],
  ] as [string, Partial<RecordInput>, string][])('held by %s', (_, change, outcome) => {
    expect(concluded(JSON.parse(JSON.stringify(change))).result.outcome).toBe(outcome);
  });
});

it('tells with session tags off whom each other form of deny would hit', () => {
  const neighbour = (cluster: string) => ({
    identity: { ...untagged.identity, cluster, serviceAccount: 'web' },
    state: association(),
  });
  const neighbours = new Map([[role('checkout-api'), [neighbour('payments'), neighbour('billing')]]]);
  const { result } = concluded({ revocation: untagged, plan: plan([]) }, neighbours);
  expect(result.findings[0]?.sentence).toMatch(
    /whole role would also end the sessions of .*billing.*payments.* by session name those of .*payments/,
  );
  expect(result.findings[0]?.sentence).not.toMatch(/session name those of .*billing/);

  const cutByAge = plan([known({ form: 'whole-role', issuedBefore: AT })]);
  const after = concluded(
    { revocation: untagged, plan: cutByAge },
    neighbours,
    config({ withoutSessionTags: 'whole-role' }).revocation,
  ).result;
  expect(after.findings.map(({ reason }) => reason)).toEqual(['SessionTagsDisabled', 'OthersCut']);
});

it('lets a deny go when no session from before can live, and never while sessions could be elsewhere', () => {
  expect(concluded().denies).toEqual([
    expect.objectContaining({ status: 'in-force', at: AT, dueAt: '2026-11-21T15:10:01.000Z' }),
  ]);
  const unbounded = {
    plan: plan([], { known: { ...NOTHING_KNOWN, roles: [known()], unbounded: [{ pattern: '*', from: 0 }] } }),
  };
  expect(concluded(unbounded).denies[0]).not.toHaveProperty('dueAt');
});

it('takes in what a Map did before the plan that should have taken it in failed', () => {
  const planned = known({ outcome: undefined, ranIn: undefined, acceptedAt: undefined });
  const bare: KnownRole = JSON.parse(JSON.stringify(planned));
  const cut = {
    revocation: 'r',
    do: 'cut',
    identity: revocation().identity,
    roleArn: bare.roleArn,
    form: 'tags',
    account: ACCOUNT,
    region: 'eu-central-1',
    via: [],
  } as const;
  const ran = [{ cut: { ...cut, via: [] }, outcome: answer('cut'), trace: undefined }];
  const { result, denies } = concluded({ plan: plan([bare], { ran }), error: error('RowMalformed').error });
  expect(result.cut).toEqual([expect.objectContaining({ status: 'cut', acceptedAt: AT })]);
  expect(denies).toHaveLength(1);
});

it('names every reason in the guide, and the guide names no other', () => {
  const guide = readFileSync(new URL('../../../docs/revocation.md', import.meta.url), 'utf8');
  const listed = [...guide.matchAll(/^\| `([A-Z]\w+)` \|/gm)].map(([, reason]) => reason);
  expect(listed.sort()).toEqual(Object.keys(REASONS).sort());
});
