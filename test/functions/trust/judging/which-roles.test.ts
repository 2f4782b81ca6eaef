import { describe, expect, it } from '@jest/globals';
import { executionName } from '../../../../functions/trust/judging/execution-name.ts';
import { readingsFor, usesOf } from '../../../../functions/trust/judging/uses.ts';
import { judgedOrNot, partnersOf } from '../../../../functions/trust/judging/which-roles.ts';
import { config, neighbour, OTHER, role, trust, use } from './samples.ts';

describe('which roles are judged', () => {
  const candidate = { roleArn: role('stranger'), neighbours: [], hasOpenFindings: false };
  it.each([
    ['one that nothing ties to EKS', candidate, false, 'nothing to do with EKS'],
    ['an associated one', { ...candidate, neighbours: [neighbour('api', role('stranger'))] }, true, 'associated'],
    ['a managed one', { ...candidate, roleArn: role('orders') }, true, 'under management'],
    ['a managed one under a path', { ...candidate, roleArn: role('team/a') }, true, 'under management'],
    ['an excluded one', { ...candidate, roleArn: role('break-glass') }, false, 'nothing to do'],
    ['one with open findings', { ...candidate, hasOpenFindings: true }, true, 'open findings'],
    ['one whose new trust names Pod Identity', { ...candidate, trust: trust() }, true, 'names EKS'],
    [
      'one whose new trust names a cluster of EKS',
      { ...candidate, trust: `{"Federated":"arn:aws:iam::1:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X"}` },
      true,
      'names EKS',
    ],
    ['one whose new trust names others', { ...candidate, trust: '{"Service":"ec2.amazonaws.com"}' }, false, 'nothing'],
    [
      'an associated one of an account without a spoke',
      { ...candidate, roleArn: role('x', '000000000000'), neighbours: [neighbour('api', role('y'))] },
      false,
      'does not name',
    ],
  ])('%s', (_title, one, judge, because) => {
    const choice = judgedOrNot(one, config());
    expect(choice).toMatchObject({ roleArn: one.roleArn, judge });
    expect(choice.because).toContain(because);
  });

  it('its target roles hang on it, its sources do not', () => {
    const target = role('ledger', OTHER);
    const neighbours = [
      neighbour('api', role('orders'), { targetRoleArn: target }),
      neighbour('web', role('orders'), { targetRoleArn: target }),
      neighbour('job', role('other'), { targetRoleArn: role('orders') }),
      neighbour('self', role('orders'), { targetRoleArn: role('orders') }),
    ];
    expect(partnersOf(role('orders'), neighbours)).toEqual([target]);
  });
});

describe('the uses of a role', () => {
  const neighbours = [
    neighbour('api', role('orders')),
    neighbour('web', role('orders'), { targetRoleArn: role('ledger', OTHER), disableSessionTags: true }),
    neighbour('job', role('other'), { targetRoleArn: role('orders') }),
  ];

  it('are as source and as target', () => {
    expect(usesOf(role('orders'), neighbours)).toEqual([
      use('api'),
      use('web', { tagsDisabled: true, targetRoleArn: role('ledger', OTHER) }),
      use('job', { sourceRoleArn: role('other') }),
    ]);
  });

  it('tell which roles to read: itself first, then its sources with the question whether they may get it', () => {
    expect(readingsFor(role('orders'), usesOf(role('orders'), neighbours), config())).toEqual([
      { account: '111122223333', region: 'eu-central-1', input: { roleArn: role('orders'), mayReach: [] } },
      {
        account: '111122223333',
        region: 'eu-central-1',
        input: { roleArn: role('other'), mayReach: [role('orders')] },
      },
    ]);
  });

  it('of sources in accounts without a spoke, or of too many, not all are read', () => {
    const uses = [
      use('foreign', { sourceRoleArn: role('x', '000000000000') }),
      ...Array.from({ length: 30 }, (_, n) => use(`s${n}`, { sourceRoleArn: role(`s${n}`) })),
    ];
    const readings = readingsFor(role('ledger', OTHER), uses, config());
    expect(readings).toHaveLength(1 + 20);
    expect(readings[0]).toEqual({
      account: OTHER,
      region: 'eu-west-1',
      input: { roleArn: role('ledger', OTHER), mayReach: [] },
    });
  });

  it('that is its own target is read once, with the question', () => {
    const own = [use('self', { sourceRoleArn: role('orders') })];
    expect(readingsFor(role('orders'), own, config()).map(({ input }) => input)).toEqual([
      { roleArn: role('orders'), mayReach: [role('orders')] },
    ]);
  });
});

describe("an execution's name", () => {
  const UUID = '3f9e1c1e-0c2b-4b0e-9d8f-3f1f1c7f0a11';
  it('is the same for the same event and role, and fits', () => {
    expect(executionName(UUID, role('orders'))).toBe(executionName(UUID, role('orders')));
    const names = [
      executionName(UUID, role('orders')),
      executionName(UUID, role('order')),
      executionName('another', role('orders')),
      executionName('x'.repeat(128), role('orders')),
      executionName(`${'x'.repeat(127)}y`, role('orders')),
      executionName('with spaces and "quotes"', role('orders')),
    ];
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w-]{1,80}$/);
    // An execution that starts others names them after itself.
    expect(executionName(executionName('x'.repeat(64), 'a'), 'b').length).toBeLessThanOrEqual(80);
  });
});
