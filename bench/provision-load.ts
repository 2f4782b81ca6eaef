/** Many grants at once, and the API under load. */
import { setTimeout } from 'node:timers/promises';
import { inBatches } from '../functions/runtime/batches.ts';
import { changeSettings, Settings } from '../local/control/settings.ts';
import { lambdaLimits } from '../local/services/lambda/settings.ts';
import { markdown, ms, percentile } from './figures.ts';
import { tellProgress } from './progress.ts';
import {
  API_LIMITS,
  HOME,
  namespaceOf,
  type ProvisionFleet,
  provisionFleet,
  targetAccount,
} from './provision-fleet.ts';
import { approve, ask, executionsOver, phaseOf, request, wishFor } from './provision-grants.ts';
import { eventsOf } from './provision-history.ts';
import { meter } from './provision-meter.ts';

/** Accounts over which the targets of many grants are spread; all sources are in one account. */
const ACCOUNTS = 10;
const CLIENTS = 8;
/** More of one function than may write at once, or that would be the bound. */
const WORKERS = 6;
const REQUESTS = 400;

/** So many grants, each with a source role, one target role and an association: all asked for, then all approved at once. */
export const manyGrants = async (dir: string, number: number): Promise<void> => {
  const meters = meter();
  const fleet = await provisionFleet(dir, { targets: ACCOUNTS, serviceAccounts: [], around: meters.around });
  const ids: string[] = [];
  const approvals: Approval[] = [];
  const overOf = executionsOver(fleet);
  const over = () => overOf(ids);
  const stop = tellProgress(async () => {
    const approved = approvals.filter(({ error }) => error === undefined).length;
    return `${ids.length} of ${number} requested, ${approved} approved, ${await over()} executions over`;
  });
  try {
    const wishes = Array.from({ length: number }, (_, index) =>
      wishFor({ index, namespace: namespaceOf(index), serviceAccount: `many-${index}` }, [
        targetAccount(index % ACCOUNTS),
      ]),
    );
    const asked = performance.now();
    await inBatches(wishes, CLIENTS, async (wish) => ids.push(await request(fleet, wish)));
    const requesting = performance.now() - asked;
    meters.reset();
    // IAM and EKS at the rates of local/control/rates.ts: who asks for more is throttled.
    changeSettings(fleet.local.cloud, Settings.parse({ throttling: 'aws' }));
    // What the configuration allows has to be the bound, not how many workers this machine likes.
    lambdaLimits(fleet.local.cloud).maxEnvironments = WORKERS;
    const began = performance.now();
    await inBatches(ids, CLIENTS, async (id) => approvals.push(await approvalOf(fleet, id)));
    const approving = performance.now() - began;
    const given = approvals.filter(({ error }) => error === undefined).length;
    const took = (await whenOver(over, given)) - began;
    const phases = await inBatches(ids, CLIENTS, (id) => phaseOf(fleet, id).catch(String));
    const failures = (await inBatches(ids, CLIENTS, (id) => eventsOf(fleet.local.cloud, id).catch(() => []))).flat();
    const errors = failures.filter(({ type }) => type === 'TaskFailed').length;
    const active = phases.filter((phase) => phase === 'active').length;
    const { functions, writers, turnedAway, iamCalls } = meters.peaks();
    console.log(
      `${number} grants, each a source role in one account, a target role in one of ${ACCOUNTS}, an association\n`,
    );
    console.log(
      markdown(
        ['', ''],
        [
          ['requests a second', (number / (requesting / 1000)).toFixed(1)],
          ['approvals a second', (given / (approving / 1000)).toFixed(1)],
          [
            'approvals not answered in time, and asked again',
            String(approvals.reduce((sum, { again }) => sum + again, 0)),
          ],
          ['approvals given up', String(number - given)],
          ['active', `${active} of ${number}`],
          ['from the first approval to the last active', ms(took)],
          ['grants a second', (active / (took / 1000)).toFixed(2)],
          ['attempts of a task that failed, and were tried again or told', String(errors)],
          ["spokes' functions at once in one account, at most", String(functions)],
          ['of one that writes, at most', `${writers}, of ${fleet.local.config.grants.writersPerAccount} allowed`],
          ['invocations that were turned away, and came again', String(turnedAway)],
          ['IAM calls served in one second of one account, at most', String(iamCalls)],
        ],
      ),
    );
    const why = new Set(approvals.flatMap(({ error }) => (error === undefined ? [] : [error])));
    console.log(['', ...why].join('\n'));
  } finally {
    stop();
    await fleet.local.close();
  }
};

type Approval = { readonly again: number; readonly error?: string };

/** One that a busy API doesn't get done is a figure too: it ends nothing. */
const approvalOf = (fleet: ProvisionFleet, id: string): Promise<Approval> =>
  approve(fleet, id).then(
    (again) => ({ again }),
    (error) => ({ again: 0, error: String(error) }),
  );

/** Asks once a second until so many are over, or none has ended for ten minutes. @returns when the last one was seen to be over */
const whenOver = async (over: () => Promise<number>, wanted: number): Promise<number> => {
  let [seen, last] = [await over(), performance.now()];
  while (seen < wanted && performance.now() - last < 600_000) {
    await setTimeout(1_000);
    const now = await over();
    if (now > seen) last = performance.now();
    seen = now;
  }
  return last;
};

/** Each kind of request by eight clients, against one that nobody but the gateway and the function's router has to do with. */
export const apiLoad = async (dir: string): Promise<void> => {
  const fleet = await provisionFleet(dir, { targets: 2, serviceAccounts: [] });
  lambdaLimits(fleet.local.cloud).maxEnvironments = CLIENTS;
  try {
    const wish = (index: number) =>
      wishFor({ index, namespace: namespaceOf(index), serviceAccount: `load-${index}` }, [targetAccount(index % 2)]);
    const ids = await inBatches(
      Array.from({ length: 20 }, (_, index) => wish(index)),
      CLIENTS,
      (each) => request(fleet, each),
    );
    const kinds: ReadonlyArray<readonly [string, number, (index: number) => ReturnType<typeof ask>]> = [
      ['GET /openapi.json (the bare door)', REQUESTS, () => ask(fleet, 'PODID_TOKEN', 'GET', '/openapi.json')],
      ['GET /me', REQUESTS, () => ask(fleet, 'PODID_TOKEN', 'GET', '/me')],
      ['GET /grants/{id}', REQUESTS, (index) => ask(fleet, 'PODID_TOKEN', 'GET', `/grants/${ids[index % ids.length]}`)],
      ['GET /grants?limit=20', REQUESTS, () => ask(fleet, 'PODID_TOKEN', 'GET', '/grants?limit=20')],
      [
        'POST /grants/preview',
        REQUESTS / 4,
        (index) => ask(fleet, 'PODID_TOKEN', 'POST', '/grants/preview', wish(index + 20)),
      ],
      ['POST /grants', REQUESTS / 4, (index) => ask(fleet, 'PODID_TOKEN', 'POST', '/grants', wish(index + 20))],
    ];
    const rows: string[][] = [];
    let bare = Number.NaN;
    for (const [name, number, send] of kinds) {
      await inBatches(
        Array.from({ length: CLIENTS * 2 }, (_, index) => index),
        CLIENTS,
        (index) => warmUp(send, name, index),
      );
      const began = performance.now();
      const answers = await inBatches(
        Array.from({ length: number }, (_, index) => index),
        CLIENTS,
        send,
      );
      const took = performance.now() - began;
      const refused = answers.filter(({ status }) => status >= 400).length;
      const [p50, p99] = [0.5, 0.99].map((share) =>
        percentile(
          answers.map((each) => each.took),
          share,
        ),
      );
      if (Number.isNaN(bare)) bare = p50 ?? Number.NaN;
      rows.push([
        name,
        (number / (took / 1000)).toFixed(0),
        ms(p50 ?? Number.NaN),
        ms(p99 ?? Number.NaN),
        ((p50 ?? 0) / bare).toFixed(1),
        String(refused),
      ]);
    }
    console.log(
      `The API with ${CLIENTS} clients at once, warm; limits: ${JSON.stringify(API_LIMITS)}; all in ${HOME}'s cluster\n`,
    );
    console.log(`${markdown(['request', 'a second', 'p50', 'p99', 'p50, ratio', 'refused'], rows)}\n`);
  } finally {
    await fleet.local.close();
  }
};

/** Requests for grants count against quotas: one of them is warm through its preview. */
const warmUp = async (send: (index: number) => ReturnType<typeof ask>, name: string, index: number): Promise<void> => {
  if (name !== 'POST /grants') await send(index);
};
