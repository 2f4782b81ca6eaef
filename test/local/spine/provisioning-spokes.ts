/**
 * The real functions of the spokes on the local IAM and EKS, in one process and without Lambda or a wire: what the SDK's clients send goes straight to
 * the services, as the account in which the function runs, and may meet a strike on the way. No pause takes any time.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { jest } from '@jest/globals';
import { handler as applyRole } from '../../../functions/provisioning/apply-role.spoke.ts';
import { handler as associate } from '../../../functions/provisioning/associate.spoke.ts';
import { handler as survey } from '../../../functions/provisioning/survey.spoke.ts';
import { handler as undoGrant } from '../../../functions/provisioning/undo-grant.spoke.ts';
import { handler as verifyGrant } from '../../../functions/provisioning/verify-grant.spoke.ts';
import type { Handler } from '../../../functions/runtime/entry.ts';
import { createCloud } from '../../../local/cloud.ts';
import type { Cloud } from '../../../local/contract.ts';
import { addCluster, service as eks } from '../../../local/services/eks/index.ts';
import { clustersOf } from '../../../local/services/eks/state.ts';
import { iamOf } from '../../../local/services/iam/state.ts';
import { context } from '../../functions/runtime/context.ts';
import { type Blow, Silence, suffer } from './faults.ts';
import { REGION } from './fleets.ts';

export const HANDLERS: Readonly<Record<string, Handler<unknown>>> = {
  survey,
  'apply-role': applyRole,
  associate,
  'verify-grant': verifyGrant,
  'undo-grant': undoGrant,
};

export type Spokes = {
  readonly cloud: Cloud;
  /** Which calls go wrong, by their place among those that are sent; what lasts hits all later ones of the same name, too. */
  readonly blows: Map<number, Blow>;
  /** Every call that was sent, as `iam:CreateRole`, since it was last emptied. */
  readonly sent: string[];
  /** The places of `blows` that were reached. */
  readonly struck: Set<number>;
  /** Runs a function in an account. @throws Error named as Lambda names it, when it gives no answer */
  readonly run: (file: string, payload: unknown, account: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** An invocation; once it is killed, nothing that it sends arrives. */
type Invocation = { readonly account: string; killed: boolean; readonly kill: (error: Error) => void };

export const startSpokes = (
  accounts: readonly string[],
  clusters: readonly { account: string; name: string }[],
): Spokes => {
  const blows = new Map<number, Blow>();
  const sent: string[] = [];
  const struck = new Set<number>();
  const cloud = createCloud();
  cloud.addService(eks);
  for (const account of accounts) cloud.addAccount(account);
  for (const { account, name } of clusters) addCluster(cloud, { ...CLUSTER, account, region: REGION, name });
  const current = new AsyncLocalStorage<Invocation>();
  const spies = [
    [IAMClient, 'iam'],
    [EKSClient, 'eks'],
  ].map(([client, scope]) =>
    jest.spyOn((client as typeof IAMClient).prototype, 'send').mockImplementation((command: object) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      const invocation = current.getStore();
      if (invocation === undefined) throw new Error(`${operation} is sent by no function`);
      const { caller } = cloud.administrator(invocation.account);
      const run = () => cloud.call(String(scope), operation, Object(command).input, { caller, region: REGION });
      return send(invocation, () => {
        const call = `${scope}:${operation}`;
        const blow = blowFor(blows, sent, call);
        if (blows.has(sent.length)) struck.add(sent.length);
        sent.push(call);
        return blow === undefined ? run() : suffer(blow, run);
      });
    }),
  );
  return {
    cloud,
    blows,
    sent,
    struck,
    run: (file, payload, account) => {
      const handler = HANDLERS[file];
      if (handler === undefined) throw new RangeError(`${file} is no function of a spoke`);
      const { promise, reject } = Promise.withResolvers<never>();
      promise.catch(() => undefined);
      const around = context(`podid-${file}`);
      const invokedFunctionArn = `arn:aws:lambda:${REGION}:${account}:function:podid-${file}`;
      const answer = current.run({ account, killed: false, kill: reject }, () =>
        handler(payload, { ...around, invokedFunctionArn }),
      );
      return Promise.race([answer, promise]);
    },
    close: async () => {
      for (const spy of spies) spy.mockRestore();
      await cloud.close();
    },
  };
};

/** As often as the SDK's standard strategy does it, but without its pauses. */
const ATTEMPTS = 6;
const AGAIN = new Set(['ServiceFailure', 'Throttling']);

const send = async (invocation: Invocation, call: () => Promise<unknown>): Promise<unknown> => {
  for (let attempt = 1; ; attempt += 1) {
    // Whoever sends it is answered by nobody any more; that it ends gives its timers back.
    if (invocation.killed) throw new Error('This function was killed.');
    try {
      return await call();
    } catch (error) {
      if (error instanceof Silence) {
        invocation.killed = true;
        invocation.kill(Object.assign(new Error('Task timed out on purpose'), { name: 'Sandbox.Timedout' }));
      } else if (!(error instanceof Error) || !AGAIN.has(error.name) || attempt === ATTEMPTS) throw error;
    }
  }
};

const blowFor = (blows: ReadonlyMap<number, Blow>, sent: readonly string[], call: string): Blow | undefined =>
  blows.get(sent.length) ??
  [...blows].find(([at, blow]) => blow === 'throttled for ever' && at < sent.length && sent[at] === call)?.[1];

const CLUSTER = {
  endpoint: 'https://127.0.0.1:6443',
  certificateAuthority: '',
  issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF',
  reviewToken: () => Promise.reject(new Error('nobody has tokens here')),
};

/** All that IAM and EKS have, but for the associations' ids. */
export const pictureOf = (
  { cloud }: Spokes,
  accounts: readonly string[],
  clusters: readonly { account: string; name: string }[],
) => ({
  roles: accounts.flatMap((account) =>
    [...iamOf(cloud, account).roles.values()]
      .toSorted((a, b) => a.arn.localeCompare(b.arn))
      .map(({ arn, trust, inline, attached, boundary, tags }) => ({
        arn,
        trust: JSON.parse(trust.text),
        // IAM pins unique ids: a role that was made anew is another one.
        strangers: [...trust.pinned].filter(([principal, id]) => uniqueIdOf(cloud, principal) !== id),
        inline: Object.fromEntries([...inline].map(([name, { text }]) => [name, JSON.parse(text)])),
        attached: [...attached].toSorted(),
        boundary,
        tags: Object.fromEntries(tags),
      })),
  ),
  associations: clusters.flatMap(({ account, name }) =>
    [...(clustersOf(cloud, account, REGION).get(name)?.associations.values() ?? [])]
      .map(({ namespace, serviceAccount, roleArn, targetRoleArn, disableSessionTags, tags }) => ({
        ...{ namespace, serviceAccount, roleArn, targetRoleArn, disableSessionTags },
        tags: Object.fromEntries(tags),
      }))
      .toSorted((a, b) => a.serviceAccount.localeCompare(b.serviceAccount)),
  ),
});

const uniqueIdOf = (cloud: Cloud, arn: string): string | undefined =>
  iamOf(cloud, arn.split(':')[4] ?? '').roles.get(arn.split('/').at(-1) ?? '')?.id;
