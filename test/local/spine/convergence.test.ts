/** Events come twice, late and in any order, and functions die at any point: the end is the same. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { TrailEvent } from '../../../local/contract.ts';
import { lambdaLimits } from '../../../local/services/lambda/settings.ts';
import { associate, change, dissociate } from './associations.ts';
import { type Crash, crashing, type Fault, instead } from './faults.ts';
import { deployment, inShop, NAMESPACE, podRole, roleArn, shop } from './fleets.ts';
import {
  clusterAt,
  deadLetters,
  eventually,
  kubernetes,
  type Running,
  settled,
  startFleet,
  storeOf,
} from './harness.ts';
import { changeIn, type Mail, mailOf } from './mail.ts';
import { isInjected, namesOf, podsOf, podsRunning } from './pods.ts';
import { deniesOn, ended, resultOf, revocationsOf } from './revocations.ts';

/** Each function of the machine, in the order in which they run: how it dies before its work, and how after it. */
const DEATHS: ReadonlyArray<readonly [file: string, before: Crash, after: Crash]> = [
  ['call-spoke', 'Runtime.OutOfMemory', 'Runtime.ExitError'],
  ['read-associations', 'Runtime.ExitError', 'Sandbox.Timedout'],
  ['plan-cuts', 'Runtime.OutOfMemory', 'Runtime.ExitError'],
  ['cut-sessions', 'ServiceException', 'Runtime.ExitError'],
  ['trace-roles', 'ServiceException', 'Sandbox.Timedout'],
  ['assess', 'Sandbox.Timedout', 'Runtime.OutOfMemory'],
  ['plan-restart', 'Sandbox.Timedout', 'Runtime.ExitError'],
  ['restart', 'ServiceException', 'Runtime.OutOfMemory'],
  ['verify', 'Runtime.ExitError', 'ServiceException'],
  ['record', 'Sandbox.Timedout', 'Runtime.ExitError'],
];

const faults: Fault[] = DEATHS.flatMap(([file, before, after]) => [
  { file, when: 'before', crash: before, about: `before-${file}` },
  { file, when: 'after', crash: after, about: `after-${file}` },
]);
const struck = new Set<Fault>();

const STARTS = ['start-refused', 'start-unanswered'];
const DUPLICATES = ['twice-at-spoke', 'twice-at-hub', 'twice-later'];
const MEMBERS = ['undisturbed', ...DUPLICATES, ...STARTS, ...faults.map(({ about }) => about)];
const REORDERED = ['moved', 'moved-reversed', 'updated', 'updated-reversed', 'updated-at-once', 'late'];

/** One pod after the other: its rollout takes several rounds. */
const SLOW = deployment('updated-at-once', {
  replicas: 6,
  spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } },
});

let demo: Running;
let mail: Mail;

beforeAll(async () => {
  const refused = new Set<string>();
  demo = await startFleet(shop([...MEMBERS, ...REORDERED], { roles: [podRole('second'), podRole('third')] }), {
    around: (service) =>
      instead(crashing(faults, struck)(service), 'states', 'StartExecution', async (input, _call, run) => {
        // The function that begins a revocation fails, before it started the machine or after.
        const about = STARTS.find((one) => JSON.stringify(input).includes(`"serviceAccount\\\\":\\\\"${one}\\\\"`));
        if (about === undefined || refused.has(about)) return run();
        refused.add(about);
        if (about === 'start-unanswered') await run();
        throw new Error('The connection was lost.');
      }),
  });
  // A copy that comes while the first one is being answered fails, and comes again: later than the answer takes.
  lambdaLimits(demo.cloud).asyncDelaysMs = [1_000, 2_000];
  mail = mailOf(demo);
  await clusterAt(demo, 'shop').local.apply([SLOW]);
  const { core } = await kubernetes(demo, 'shop');
  await eventually('all pods', async () => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, fieldSelector: 'status.phase=Running' });
    return items.length === MEMBERS.length + REORDERED.length + SLOW.spec.replicas - 1;
  });
  mail.onRecord = (event) => {
    mail.deliver(event);
    if (changeIn(event) === 'Delete twice-at-spoke') mail.deliver(event);
    if (changeIn(event) === 'Delete twice-at-hub') mail.deliverToHub(event);
  };
  await Promise.all(MEMBERS.map((name) => dissociate(demo, inShop(name))));
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

/** All that is left of a revocation when it is over, with the member's own names taken out. */
const endOf = async (member: string) => {
  const row = await ended(demo, inShop(member));
  const { outcome, standing, cut, restarted, remaining, uses, findings } = resultOf(row);
  const { apps } = await kubernetes(demo, 'shop');
  const { metadata, spec } = await apps.readNamespacedDeployment({ namespace: NAMESPACE, name: member });
  const journal = await storeOf(demo).journal.of(row.revocation.id);
  const said = journal.map(({ kind, step, object }) => `${kind} ${step} ${object}`);
  const end = {
    revocations: (await revocationsOf(demo, inShop(member))).length,
    result: {
      outcome,
      standing,
      cut: cut.map(({ roleArn, status, form }) => ({ roleArn, status, form })),
      restarted: restarted.map(({ workload, how, pods }) => ({ workload, how, pods })),
      remaining,
      uses,
      findings,
    },
    denies: (await deniesOn(demo, 'shop', member)).map(({ condition }) => condition),
    // Raised by each change of the template.
    rolled: (metadata?.generation ?? 0) - 1,
    restartedAt: Object.keys(spec?.template.metadata?.annotations ?? {}),
    injected: (await podsOf(demo, inShop(member))).map(isInjected),
    journal: said.sort(),
  };
  return JSON.parse(JSON.stringify(end).replaceAll(member, 'MEMBER'));
};

it('ends, when nothing disturbs it, with one deny and one rollout', async () => {
  expect(await endOf('undisturbed')).toMatchObject({
    revocations: 1,
    result: {
      outcome: 'revoked',
      cut: [{ status: 'cut', form: 'tags' }],
      restarted: [{ workload: { kind: 'Deployment', name: 'MEMBER' }, how: 'Roll', pods: 1 }],
      remaining: { pods: 0 },
      findings: [],
    },
    denies: [{ StringEquals: { 'aws:PrincipalTag/kubernetes-service-account': 'MEMBER' } }],
    rolled: 1,
    restartedAt: ['kubectl.kubernetes.io/restartedAt'],
    injected: [false],
  });
}, 90_000);

it.each(faults)('ends the same when $file dies of $crash $when its work', async (fault) => {
  const end = await endOf(fault.about);
  expect(struck).toContain(fault);
  expect(end).toEqual(await endOf('undisturbed'));
});

it.each([
  ['before the machine was started', 'start-refused'],
  ['after the machine was started', 'start-unanswered'],
])('ends the same when the function that answers the event fails %s', async (_when, member) => {
  expect(await endOf(member)).toEqual(await endOf('undisturbed'));
});

it.each([
  ['the spoke', 'twice-at-spoke'],
  ['the hub', 'twice-at-hub'],
])('ends the same when the record comes twice at once to the bus of %s', async (_where, member) => {
  expect(await endOf(member)).toEqual(await endOf('undisturbed'));
});

it('changes nothing when the record comes again after the end', async () => {
  const member = 'twice-later';
  const end = await endOf(member);
  const { revocation } = await ended(demo, inShop(member));
  const journal = await storeOf(demo).journal.of(revocation.id);
  const record = recordOf(`Delete ${member}`);
  mail.deliver(record);
  // The same call told by another trail: with an event id of its own.
  mail.deliver({ ...record, detail: { ...record.detail, eventID: 'another' } });
  await settled(demo);
  expect(await endOf(member)).toEqual(end);
  expect(await storeOf(demo).journal.of(revocation.id)).toEqual(journal);
});

/** What an identity's roles deny it, and what its pods have: whether a deny has a time, not which. */
const accessOf = async (member: string) => {
  const denials = [member, 'second', 'third'].map(async (role) => {
    const denies = await deniesOn(demo, 'shop', role);
    const own = denies.filter(({ condition }) => JSON.stringify(condition).includes(`"${member}"`));
    return [role.replace(member, 'own'), own.map(({ condition }) => Object.keys(condition))];
  });
  return {
    denies: Object.fromEntries(await Promise.all(denials)),
    running: (await revocationsOf(demo, inShop(member))).filter(({ status }) => status === 'running').length,
    pods: (await podsOf(demo, inShop(member))).map(isInjected),
  };
};

/** Makes the changes, and gives the records only then, in the order that `order` puts them into. */
const told = async (member: string, changes: () => Promise<void>, order: (events: TrailEvent[]) => TrailEvent[]) => {
  const held: TrailEvent[] = [];
  mail.onRecord = (event) => void (changeIn(event) === undefined ? mail.deliver(event) : held.push(event));
  const before = namesOf(await podsOf(demo, inShop(member)));
  await changes();
  for (const event of order(held)) {
    mail.deliver(event);
    // One after the other: what comes first is answered before the next one comes.
    await settled(demo);
  }
  const after = namesOf(await podsRunning(demo, inShop(member), before.length));
  expect(after).not.toEqual(before);
  return accessOf(member);
};

const inOrder = (events: TrailEvent[]) => events;
const reversed = (events: TrailEvent[]) => events.toReversed();

it('ends the same when the creation is told before the deletion that made room for it', async () => {
  const move = (member: string) => async () => {
    await dissociate(demo, inShop(member));
    await associate(demo, inShop(member), { roleArn: roleArn('second') });
  };
  const usual = await told('moved', move('moved'), inOrder);
  expect(usual).toMatchObject({ denies: { own: [['StringEquals']], second: [] }, running: 0, pods: [true] });
  expect(await told('moved-reversed', move('moved-reversed'), reversed)).toEqual(usual);
}, 60_000);

it('ends the same when the later of two updates is told first', async () => {
  const update = (member: string) => async () => {
    await change(demo, inShop(member), { roleArn: roleArn('second') });
    await change(demo, inShop(member), { roleArn: roleArn('third') });
  };
  const usual = await told('updated', update('updated'), inOrder);
  expect(usual).toMatchObject({
    denies: { own: [['StringEquals']], second: [['StringEquals']], third: [] },
    running: 0,
    pods: [true],
  });
  expect(await told('updated-reversed', update('updated-reversed'), reversed)).toEqual(usual);
}, 60_000);

it('rolls a workload once when two updates are told at the same time', async () => {
  const place = inShop('updated-at-once');
  const { apps } = await kubernetes(demo, 'shop');
  const generation = async (): Promise<number> => {
    const { metadata } = await apps.readNamespacedDeployment({ namespace: NAMESPACE, name: 'updated-at-once' });
    return metadata?.generation ?? 0;
  };
  const before = await generation();
  mail.onRecord = mail.deliver;
  await change(demo, place, { roleArn: roleArn('second') });
  await change(demo, place, { roleArn: roleArn('third') });
  await settled(demo);
  const rows = await revocationsOf(demo, place);
  expect(rows.map(({ outcome }) => outcome)).toEqual(['revoked', 'revoked']);
  expect(await accessOf('updated-at-once')).toEqual({
    denies: { own: [['StringEquals']], second: [['StringEquals']], third: [] },
    running: 0,
    pods: Array.from({ length: SLOW.spec.replicas }, () => true),
  });
  expect((await generation()) - before).toBe(1);
}, 60_000);

it('cuts only older sessions when a deletion is told long after the same role was given back', async () => {
  const place = inShop('late');
  mail.onRecord = (event) => {
    if (changeIn(event) !== 'Delete late') mail.deliver(event);
  };
  await dissociate(demo, place);
  const before = await podsOf(demo, place);
  const since = String(recordOf('Delete late').detail.eventTime);
  await eventually('the settle window is over', async () => Date.now() - Date.parse(since) > 2100);
  await associate(demo, place, { roleArn: roleArn('late') });
  await settled(demo);
  mail.deliver(recordOf('Delete late'));
  const row = await ended(demo, place);
  expect(row.outcome).toBe('revoked');
  expect(resultOf(row).standing).toBe('held');
  expect(await accessOf('late')).toMatchObject({ denies: { own: [['StringEquals', 'DateLessThan']] }, pods: [true] });
  expect(namesOf(await podsOf(demo, place))).not.toEqual(namesOf(before));
}, 60_000);

it('leaves no dead letters: whatever failed at first was answered in the end', async () => {
  expect(await deadLetters(demo)).toEqual([]);
});

const recordOf = (change: string): TrailEvent => {
  const record = mail.all.find((event) => changeIn(event) === change);
  if (record === undefined) throw new Error(`no record of ${change}`);
  return record;
};
