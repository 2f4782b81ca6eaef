/** A hub for commands that need its table and to know who asks, and nothing else: DynamoDB in memory, and an STS that knows one person. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect } from '@jest/globals';
import { openStore, type Store } from '../../functions/store/index.ts';
import { startDynamo } from '../functions/store/dynalite.ts';
import { type Ran, workplace } from './command.ts';

export const DANA = 'arn:aws:sts::111111111111:assumed-role/ops/dana';

export type HubStandIn = {
  readonly store: Store;
  readonly env: Readonly<Record<string, string>>;
  readonly end: () => Promise<void>;
};

export const startHub = async (): Promise<HubStandIn> => {
  const dynamo = await startDynamo();
  const sts = createServer((_request, response) => {
    response.setHeader('content-type', 'text/xml');
    response.end(
      `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>${DANA}</Arn><UserId>AROA:dana</UserId><Account>111111111111</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    );
  });
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve));
  const address = sts.address() as AddressInfo;
  return {
    store: openStore(dynamo.client),
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint,
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${address.port}`,
      AWS_ACCESS_KEY_ID: 'AKIDTEST',
      AWS_SECRET_ACCESS_KEY: 'test',
      PODID_HUB_REGION: 'eu-west-1',
    },
    end: async () => {
      sts.closeAllConnections();
      await new Promise((resolve) => sts.close(resolve));
      await dynamo.close();
    },
  };
};

/** One account with one cluster, which podid may mend. */
const SHOP = {
  hub: { account: '111111111111', region: 'eu-west-1' },
  spokes: [
    { name: 'shop', account: '222222222222', clusters: [{ name: 'shop', region: 'eu-west-1', mode: 'remediate' }] },
  ],
};

/**
 * A hub, and a folder with a configuration in which commands find it. Called at the top of a file: both come and go with its tests.
 * @returns `out` and `json` expect that the command succeeds and says nothing on stderr
 */
export const shopWithHub = () => {
  const place = workplace({ 'podid.config.yaml': SHOP });
  let hub: HubStandIn | undefined;
  beforeAll(async () => {
    hub = await startHub();
  }, 60_000);
  afterAll(async () => {
    await hub?.end();
    place.end();
  });
  const standIn = (): HubStandIn => {
    if (hub === undefined) throw new Error('the hub starts before the first test, not before that');
    return hub;
  };
  const run = (...args: readonly string[]): Promise<Ran> => place.podid(args, '', standIn().env);
  const out = async (...args: readonly string[]): Promise<string> => {
    const ran = await run(...args);
    expect(ran).toMatchObject({ code: 0, err: '' });
    return ran.out;
  };
  const json = async (...args: readonly string[]) => JSON.parse(await out(...args, '-o', 'json'));
  return { place, hub: standIn, run, out, json };
};
