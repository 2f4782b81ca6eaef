import { describe, expect, it } from '@jest/globals';
import { Config } from '../../../functions/config.ts';
import { modeOf, nextAttempt, revocationOf } from '../../../functions/revocation/begin.ts';
import { Revocation } from '../../../functions/revocation.ts';
import { API, actor, state } from '../store/samples.ts';

const beginning = {
  cause: 'association-deleted',
  identity: API,
  associationId: 'a-1',
  former: state(),
  since: '2026-03-01T12:00:00.000Z',
  actor: actor('e-1'),
} as const;

describe('the revocation that a change asks for', () => {
  it('has an id that hangs on the change alone', () => {
    const { id } = revocationOf(beginning, 'remediate');
    expect(id).toMatch(/^r-[0-9a-f]{12}-1$/);
    expect(revocationOf({ ...beginning, actor: actor('e-2'), since: '2026-03-01T12:00:05.000Z' }, 'observe').id).toBe(
      id,
    );
    const others = [
      { ...beginning, associationId: 'a-2' },
      { ...beginning, revision: '2026-03-01T12:00:00.000Z' },
      { ...beginning, cause: 'association-created' as const },
      { ...beginning, identity: { ...API, cluster: 'other' } },
      { ...beginning, identity: { ...API, account: '444455556666' } },
    ].map((other) => revocationOf(other, 'remediate').id);
    expect(new Set([id, ...others]).size).toBe(6);
  });

  it('is the same text before it is kept and after', () => {
    const one = revocationOf(beginning, 'remediate');
    expect(JSON.stringify(Revocation.parse(JSON.parse(JSON.stringify({ ...one, former: { ...one.former } }))))).toBe(
      JSON.stringify(one),
    );
    const { former, ...rest } = one;
    expect(JSON.stringify(revocationOf({ ...beginning, former: state() }, 'remediate'))).toBe(
      JSON.stringify(Revocation.parse({ former, ...rest })),
    );
  });

  it('can be tried again under the next name', () => {
    const first = revocationOf(beginning, 'remediate');
    const third = nextAttempt(nextAttempt(first));
    expect(third).toEqual({ ...first, id: first.id.replace(/-1$/, '-3'), attempt: 3 });
    Revocation.parse(third);
  });

  it("has the cluster's mode, and only observes what nobody configured", () => {
    const clusters = [
      { name: 'payments', region: 'eu-west-1', mode: 'remediate' },
      { name: 'quiet', region: 'eu-west-1' },
    ];
    const config = Config.parse({
      hub: { account: '999988887777', region: 'eu-west-1' },
      spokes: [{ name: 'payments', account: '111122223333', clusters }],
    });
    expect(modeOf(config, API)).toBe('remediate');
    expect(modeOf(config, { ...API, cluster: 'quiet' })).toBe('observe');
    expect(modeOf(config, { ...API, cluster: 'unknown' })).toBe('observe');
    expect(modeOf(config, { ...API, region: 'us-east-1' })).toBe('observe');
    expect(modeOf(config, { ...API, account: '444455556666' })).toBe('observe');
  });
});
