/** `podid findings`: filters, what people say to a finding, and what a reason means. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { OBJECT_SCHEMAS, placeOf } from '../../functions/drift/kept.ts';
import { shopWithHub } from './hub-stand-in.ts';

const roleArn = (name: string): string => `arn:aws:iam::222222222222:role/${name}`;

const { hub, run, out, json } = shopWithHub();
const objects = () => hub().store.objects(OBJECT_SCHEMAS);

describe('podid findings', () => {
  const object = roleArn('web');
  const fight = { wrote: { at: 1, to: null }, rounds: [], latched: { at: 2, sentence: 'They fight.' } };
  const idOf = async (reason: string): Promise<string> => {
    const { findings } = await json('findings', '--object', object);
    return findings.find((each: { reason: string }) => each.reason === reason)?.id;
  };
  beforeAll(async () => {
    const found = [
      { reason: 'FoughtOver', severity: 'error', sentence: 'They fight.', subject: 'boundary' },
      {
        reason: 'TagsRemoved',
        severity: 'warning',
        sentence: 'A tag is gone.',
        subject: 'tag:team',
        held: 'Mode notify.',
      },
    ] as const;
    const cause = {
      kind: 'RoleBoundaryChanged',
      actor: { type: 'IAMUser', name: 'eve', sourceIp: '198.51.100.7', mfa: false, eventId: 'e-9' },
    };
    await hub().store.findings.keep(object, found, {
      at: new Date().toISOString(),
      cause,
      complete: true,
      judge: 'drift',
    });
    const { state, revision } = await objects().read(object);
    const ref = { object: 'role', roleArn: object } as const;
    await objects().keep(placeOf(ref), { ...state, ref, fights: { boundary: fight } }, revision);
  });

  it('are filtered by reason, severity and account', async () => {
    const reasons = async (...args: readonly string[]): Promise<string[]> =>
      (await json('findings', ...args)).findings.map(({ reason }: { reason: string }) => reason);
    expect(await reasons('--object', object)).toEqual(['FoughtOver', 'TagsRemoved']);
    expect(await reasons('--reason', 'TagsRemoved')).toEqual(['TagsRemoved']);
    expect(await reasons('--object', object, '--severity', 'error')).toEqual(['FoughtOver']);
    expect(await reasons('--account', '999999999999')).toEqual([]);
  });

  it('show who did it and what is held', async () => {
    const story = await out('findings', 'show', await idOf('TagsRemoved'));
    expect(story).toMatch(/^Held +Mode notify\.$/m);
    expect(story).toMatch(/^Who +IAMUser eve, from 198\.51\.100\.7, without MFA, event e-9$/m);
  });

  it('are acknowledged; a fight is over with that, and its object due', async () => {
    const id = await idOf('FoughtOver');
    expect(await out('findings', 'ack', id, '--why', 'they have stopped')).toMatch(/boundary of .* is looked at again/);
    const { state } = await objects().read(object);
    expect(state?.fights.boundary).toEqual({ rounds: [] });
    expect(
      (await objects().due(new Date(Date.now() + 1000).toISOString(), 10)).map(({ ref }) => placeOf(ref).key),
    ).toContain(object);
    expect(await out('findings', '--object', object)).toMatch(new RegExp(`^${id} +error +acknowledged`, 'm'));
    expect(await out('findings', 'show', id)).toMatch(
      /^Acknowledged +\S+ by arn:aws:sts::111111111111:assumed-role\/ops\/dana: they have stopped$/m,
    );
  }, 30_000);

  it('are suppressed by an exception, of which the last word counts', async () => {
    const id = await idOf('TagsRemoved');
    expect(await out('findings', 'suppress', id, '--until', '30d', '--why', 'migration')).toMatch(
      new RegExp(`by the exception ${id}\\.`),
    );
    await out('findings', 'suppress', id, '--until', '2036-12-01', '--why', 'a longer one');
    expect(await hub().store.exceptions.inForce(new Date().toISOString())).toEqual([
      expect.objectContaining({
        id: `${id}-2`,
        object,
        reason: 'TagsRemoved',
        facet: 'tag:team',
        why: 'a longer one',
        until: '2036-12-01T00:00:00.000Z',
      }),
    ]);
    expect(await out('findings', '--object', object)).toMatch(new RegExp(`^${id} +warning +suppressed`, 'm'));
    const sarif = JSON.parse(await out('findings', '--object', object, '-o', 'sarif'));
    expect(sarif.runs[0].results).toMatchObject([
      { ruleId: 'FoughtOver', level: 'error', kind: 'fail' },
      { ruleId: 'TagsRemoved', suppressions: [{ kind: 'external' }] },
    ]);
    expect(await out('findings', '--object', object, '-o', 'yaml')).toMatch(/^findings:\n {2}- /);
  }, 30_000);

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['an id that is none', ['ack', 'f-0', '--why', 'x'], /There is no finding f-0/],
    ['a day that is over', ['suppress', 'f-0', '--until', '2020-01-01', '--why', 'x'], /over already/],
    ['no reason', ['suppress', 'f-0', '--until', '1d'], /--why/],
    ['an unknown reason', ['explain', 'Nothing'], /There is no reason Nothing/],
  ])('tell %s', async (_what, args, err) => {
    expect(await run('findings', ...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(err) });
  });

  it('are explained', async () => {
    expect(await out('findings', 'explain', 'trustwidened')).toMatch(/^TrustWidened: .* Usually error\.\n\n/);
    expect(await out('findings', 'explain')).toMatch(/^EventsMissed +warning +/m);
  });
});
