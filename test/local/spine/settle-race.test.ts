/** The same role given back in the window, and the creation's run slower than the deletion's: no bounded deny may be written behind the lift. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { associate, dissociate } from './associations.ts';
import { concerns, instead } from './faults.ts';
import { inShop, NAMESPACE, REGION, roleArn, SHOP, shop } from './fleets.ts';
import { eventually, type Running, settled, startFleet, storeOf } from './harness.ts';
import { podCredentials, podsRunning, scan } from './pods.ts';
import { deniesOn } from './revocations.ts';

let demo: Running;
const lifted = Promise.withResolvers<void>();

beforeAll(async () => {
  // A busy machine is to give the role back within it.
  demo = await startFleet(shop(['raced'], { revocation: { settleSeconds: 20 } }), {
    around: (service) =>
      instead(service, 'lambda', 'Invoke', async (input, _call, run) => {
        // The creation's run writes its bounded deny only after the deletion's run has lifted its own.
        const text = Buffer.from((input as { Payload?: Uint8Array }).Payload ?? []).toString();
        if (concerns({ file: 'cut-sessions', about: 'raced' }, input) && text.includes('issuedBefore'))
          await lifted.promise;
        const answer = await run();
        if (concerns({ file: 'lift-deny', about: 'raced' }, input)) lifted.resolve();
        return answer;
      }),
  });
}, 120_000);
afterAll(async () => demo?.stop(), 20_000);

it('leaves no deny when the role was given back in the window', async () => {
  const place = inShop('raced');
  await podsRunning(demo, place, 1);
  const credentials = await podCredentials(demo, place);
  await dissociate(demo, place);
  const identity = { account: SHOP, region: REGION, cluster: 'shop', namespace: NAMESPACE, serviceAccount: 'raced' };
  await eventually('the row', async () => (await storeOf(demo).denies.of(identity)).length === 1);
  await associate(demo, place, { roleArn: roleArn('raced') });
  await settled(demo);
  expect(await deniesOn(demo, 'shop', 'raced')).toEqual([]);
  expect(await scan(demo, credentials)).toBe('ok');
}, 180_000);
