/** Grants that get in each other's way, and people who do: on the real ASL, the real functions of hub and spokes, the local IAM and EKS. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Config } from '../../../functions/config.ts';
import type { ProvisionWork } from '../../../functions/provisioning/contract.ts';
import { openWork } from '../../../functions/provisioning/planning/open-work.ts';
import { ARCHIVE, config, READ_ORDERS } from '../../functions/grants/samples.ts';
import { Silence } from './faults.ts';
import { type Picture, SHARED, type Stage, sharing, startStage, wishFor } from './provisioning-stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 60_000);
afterAll(() => stage?.close());
afterEach(() => stage.undisturbed());

const trustOf = ({ roles }: Picture): string => JSON.stringify(roles.find(({ arn }) => arn === SHARED)?.trust);
/** Which of these the shared role's trust names. */
const admitted = (...names: readonly string[]): readonly string[] =>
  names.filter((name) => trustOf(stage.picture()).includes(`"${name}"`));
const associated = (name: string) =>
  stage.picture().associations.filter(({ serviceAccount }) => serviceAccount === name);
const states = (...ids: readonly string[]) => Promise.all(ids.map(async (id) => (await stage.grant(id)).state));
/** Asked for and allowed, all at the same time; nothing has begun. */
const asked = (...wishes: readonly ReturnType<typeof wishFor>[]): Promise<readonly string[]> =>
  Promise.all(
    wishes.map(async (wish) => {
      const { id } = await stage.ask(wish);
      await stage.allow(id);
      return id;
    }),
  );

describe('grants of one existing role', () => {
  it('two at once: the trust admits both; who goes takes nothing of the other away', async () => {
    const before = stage.picture();
    const [one = '', two = ''] = await asked(wishFor('pair-one', sharing), wishFor('pair-two', sharing));
    await stage.settle();
    expect(await states(one, two)).toEqual(['active', 'active']);
    expect(admitted('pair-one', 'pair-two')).toEqual(['pair-one', 'pair-two']);

    await stage.revoke(one);
    await stage.settle();
    expect(await states(one, two)).toEqual(['revoked', 'active']);
    expect(admitted('pair-one', 'pair-two')).toEqual(['pair-two']);
    expect([associated('pair-one').length, associated('pair-two').length]).toEqual([0, 1]);

    // The last goes at the same time as a new one comes.
    const [three = ''] = await asked(wishFor('pair-three', sharing));
    await stage.revoke(two);
    await stage.settle();
    expect(await states(two, three)).toEqual(['revoked', 'active']);
    expect(admitted('pair-one', 'pair-two', 'pair-three')).toEqual(['pair-three']);
    await stage.revoke(three);
    await stage.settle();
    expect(stage.picture()).toEqual(before);
  }, 60_000);

  it('three at once, of which one fails: the others have what they asked for, and it has nothing', async () => {
    const before = stage.picture();
    stage.instead('associate', (payload, run) => {
      if (JSON.stringify(payload).includes('"trio-bad"'))
        throw Object.assign(new Error('Refused on purpose'), { name: 'AccessDenied' });
      return run();
    });
    const ids = await asked(...['trio-one', 'trio-bad', 'trio-two'].map((name) => wishFor(name, sharing)));
    await stage.settle();
    expect(await states(...ids)).toEqual(['active', 'failed', 'active']);
    expect(admitted('trio-one', 'trio-bad', 'trio-two')).toEqual(['trio-one', 'trio-two']);
    expect(associated('trio-bad')).toEqual([]);
    await Promise.all([ids[0], ids[2]].map((id = '') => stage.revoke(id)));
    await stage.settle();
    expect(stage.picture()).toEqual(before);
  }, 60_000);

  it('one comes and is made after the other was planned: the other does not write it away', async () => {
    const before = stage.picture();
    let second = '';
    const came = stage.before('apply-role', 1, async () => {
      [second = ''] = await asked(wishFor('later', sharing));
      stage.launch();
      while ((await states(second))[0] !== 'active') await new Promise(setImmediate);
    });
    const [first = ''] = await asked(wishFor('sooner', sharing));
    await stage.settle();
    expect([came(), ...(await states(first, second))]).toEqual([true, 'active', 'active']);
    expect(admitted('sooner', 'later')).toEqual(['sooner', 'later']);
    await Promise.all([first, second].map((id) => stage.revoke(id)));
    await stage.settle();
    expect(stage.picture()).toEqual(before);
  }, 20_000);

  it('one is stopped while it holds the lease on the role: what undoes it does not wait until that runs out', async () => {
    const before = stage.picture();
    let stops = false;
    stage.instead('apply-role', async (payload, run) => {
      const answer = await run();
      // Also when it is called again: the lease is given back after an answer only.
      const { asker, role } = Object(payload);
      if (!asker.endsWith('-p1') || role.roleArn !== SHARED) return answer;
      stops = true;
      throw Object.assign(new Error('No answer on purpose'), { name: 'States.Timeout' });
    });
    stage.instead('next-wave', (payload) => {
      if (stops && Object(payload).work.do === 'provision') throw new Silence('No wave on purpose');
    });
    const [id = ''] = await asked(wishFor('stopped', sharing));
    const ran = await stage.settle();
    expect(stops).toBe(true);
    expect([...ran.keys()]).toEqual([`${id}-v1-p1`, `${id}-v1-u1`]);
    expect(ran.get(`${id}-v1-u1`)).not.toContain('until the role is free');
    expect(await states(id)).toEqual(['failed']);
    expect(stage.picture()).toEqual(before);
  }, 20_000);
});

describe('somebody deletes the association while a change of it fails', () => {
  it('it is made anew, and the grant knows it by its new id: it can be changed again, and revoked', async () => {
    const before = stage.picture();
    const { id } = await stage.give(wishFor('anew'));
    const [was] = associated('anew');
    stage.instead('verify-grant', async () => {
      const { associations = [] } = Object(await stage.call('eks', 'ListPodIdentityAssociations', ANEW));
      for (const { associationId } of associations) {
        await stage.call('eks', 'DeletePodIdentityAssociation', { clusterName: 'payments', associationId });
      }
      throw Object.assign(new Error('Refused on purpose'), { name: 'AccessDenied' });
    });
    await stage.change(
      id,
      wishFor('anew', { targets: [{ account: ARCHIVE, chained: true, permissions: { inline: READ_ORDERS } }] }),
    );
    await stage.settle();
    stage.undisturbed();
    expect(await stage.grant(id)).toMatchObject({ state: 'active', inForce: 1 });
    const [anew] = associated('anew');
    expect(anew).toMatchObject({ targetRoleArn: was?.targetRoleArn });

    await stage.change(
      id,
      wishFor('anew', { targets: [{ account: ARCHIVE, chained: true, permissions: { inline: READ_ORDERS } }] }),
    );
    await stage.settle();
    expect(await stage.grant(id)).toMatchObject({ state: 'active', inForce: 3 });
    await stage.revoke(id);
    await stage.settle();
    expect(await states(id)).toEqual(['revoked']);
    expect(stage.picture()).toEqual(before);
  }, 30_000);
});
const ANEW = { clusterName: 'payments', namespace: 'checkout', serviceAccount: 'anew' };

const WHEN: readonly (readonly [file: string, nth: number])[] = [
  ['open-work', 1],
  ['survey', 1],
  ['plan-grant', 1],
  ['next-wave', 1],
  ['intend', 1],
  ['apply-role', 1],
  ['apply-role', 2],
  ['keep-outcome', 2],
  ['associate', 1],
  ['verify-grant', 1],
  ['record-grant', 1],
];
describe.each([
  ['its own roles', {}],
  ['a shared role', sharing],
] as const)('revoked while it is made, with %s', (kind, more) => {
  it.each(WHEN)(
    'before %s (%i): nothing is left',
    async (file, nth) => {
      const before = stage.picture();
      const [id = ''] = await asked(wishFor(`now-${kind.replaceAll(' ', '-')}-${file}-${nth}`, more));
      const revoked = stage.before(file, nth, async () => {
        await stage.revoke(id);
        // Beside what is under way.
        stage.launch();
      });
      const ran = await stage.settle();
      expect({ revoked: revoked(), states: await states(id) }).toEqual({ revoked: true, states: ['revoked'] });
      expect([...ran.keys()].toSorted()).toEqual([`${id}-v1-p1`, `${id}-v1-r1`]);
      expect(stage.picture()).toEqual(before);
    },
    60_000,
  );
});

it('decided several times at once: it is made once', async () => {
  const { id } = await stage.ask(wishFor('twice'));
  const all = await Promise.all([1, 2, 3].map(() => stage.allow(id)));
  expect(all.filter((each) => 'grant' in each)).toHaveLength(1);
  expect([...(await stage.settle()).keys()]).toEqual([`${id}-v1-p1`]);
  const { state, history } = await stage.grant(id);
  expect([state, history.filter(({ did }) => did === 'allowed').length]).toEqual(['active', 1]);
  expect(associated('twice')).toHaveLength(1);
});

it('two grants for one service account at once: one has it, the other is refused, and nothing is overwritten', async () => {
  const both = await Promise.all([stage.ask(wishFor('wanted')), stage.ask(wishFor('wanted', sharing))]);
  const won = both.filter(({ carried }) => 'grant' in carried);
  const lost = both.filter(({ carried }) => 'refused' in carried);
  expect([won.length, lost.length]).toEqual([1, 1]);
  expect(lost[0]?.carried).toEqual({ refused: expect.stringContaining(`is grant ${won[0]?.id}'s`) });
  expect(await stage.allow(lost[0]?.id ?? '')).toEqual({ absent: true });
  await stage.allow(won[0]?.id ?? '');
  await stage.settle();
  expect(associated('wanted').map(({ tags }) => Object.values(tags).includes(won[0]?.id ?? ''))).toEqual([true]);
});

describe('a change and a revocation at once', () => {
  const other = { source: { role: 'managed', permissions: { inline: READ_ORDERS } }, team: 'platform' };

  it('asked for at the same time: nothing is left', async () => {
    const before = stage.picture();
    const { id } = await stage.give(wishFor('both'));
    await Promise.all([stage.change(id, wishFor('both', other)), stage.revoke(id)]);
    await stage.settle();
    expect(await states(id)).toEqual(['revoked']);
    expect(stage.picture()).toEqual(before);
  });

  it.each(['plan-grant', 'apply-role', 'associate', 'verify-grant', 'record-grant'])(
    'revoked before %s of the change: nothing is left',
    async (file) => {
      const before = stage.picture();
      const name = `change-${file}`;
      const { id } = await stage.give(wishFor(name));
      await stage.change(id, wishFor(name, { ...other, targets: [] }));
      const revoked = stage.before(file, 1, async () => {
        await stage.revoke(id);
        stage.launch();
      });
      await stage.settle();
      expect({ revoked: revoked(), states: await states(id) }).toEqual({ revoked: true, states: ['revoked'] });
      expect(stage.picture()).toEqual(before);
    },
    60_000,
  );
});

it('a revocation after a stop lets the last writes end, once; one after an end does not wait', async () => {
  const { id, grant } = await stage.give(wishFor('late'));
  const { store, grants } = stage.world;
  const hub = { store, grants, config: Config.parse(config), now: () => new Date() };
  const work: ProvisionWork = { grantId: id, version: 1, attempt: 1, do: 'revoke' };
  const run = { mode: 'revoke', wave: null, waits: 0, because: null } as const;
  expect(await openWork(hub, { work, run }, grant)).toMatchObject({ next: 'wave' });
  // An act of another execution, and nobody knows what came of it.
  const intent = { what: 'role', account: '222222222222', region: 'eu-west-1', version: 1, wave: 'sources' };
  const doing = { grantId: id, execution: `${id}-v1-p9`, step: 'sources', what: 'role', object: SHARED } as const;
  await store.made.intend(doing, { at: new Date().toISOString(), by: 'test', text: 'Meant to.', details: intent });
  const first = await openWork(hub, { work, run }, grant);
  expect(first).toMatchObject({ next: 'wait', waitSeconds: 70 });
  expect(await openWork(hub, { work, run: first.run }, grant)).toMatchObject({ next: 'wave', run: { waits: 0 } });
});
