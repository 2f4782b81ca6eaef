/** `podid dlq` against a running fleet: a poison event, and one that could not be forwarded. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SPOKE_DEAD_LETTERS } from '../../functions/names.ts';
import { fixture } from '../events/fixtures.ts';
import { podid } from '../local/spine/command-line.ts';
import { shop } from '../local/spine/fleets.ts';
import { as, eventually, type Running, startFleet, storeOf } from '../local/spine/harness.ts';

const SHOP = { account: '222222222222', region: 'eu-west-1', cluster: 'shop' };

let demo: Running;

beforeAll(async () => {
  demo = await startFleet(shop(['api', 'web']));
}, 120_000);
afterAll(async () => {
  await demo?.stop();
}, 20_000);

const run = (...args: readonly string[]) => podid(demo, args);
const out = async (...args: readonly string[]): Promise<string> => {
  const ran = await run(...args);
  expect(ran).toMatchObject({ code: 0, err: '' });
  return ran.out;
};
const json = async (...args: readonly string[]) => JSON.parse(await out(...args, '-o', 'json'));

describe('podid dlq', () => {
  const letters = async (): Promise<{ id: string; by: { name: string } }[]> => (await json('dlq')).letters;

  it('says that there are none', async () => {
    expect(await out('dlq', '--account', 'shop')).toBe('No dead letters.\n');
  }, 120_000);

  it('shows a poison event with its function and cause, and puts it back: there it fails again, and is a new letter', async () => {
    const lambda = new LambdaClient(as(demo, 'hub'));
    const Payload = Buffer.from(JSON.stringify(fixture('malformed-deleted-without-id')));
    await lambda.send(
      new InvokeCommand({ FunctionName: 'podid-on-association-deleted', InvocationType: 'Event', Payload }),
    );
    const failed = async () => (await letters()).find(({ by }) => by.name === 'podid-on-association-deleted');
    const letter = await eventually('a dead letter', failed);
    expect(letter).toMatchObject({
      account: 'hub',
      by: { kind: 'function', name: 'podid-on-association-deleted' },
      cause: { code: 'EventMalformed', attempts: 3 },
      eventName: 'DeletePodIdentityAssociation',
    });
    const id = letter.id;
    expect(await out('dlq', 'show', id.slice(0, 13))).toMatch(/^Cause +EventMalformed: /m);
    expect(await out('dlq', 'redrive', id)).toMatch(/podid-on-association-deleted has it\.\n1 put back, 0 not\.\n$/);
    await eventually('another letter', async () => (await failed())?.id !== id && (await failed()) !== undefined);
    expect((await letters()).map((each) => each.id)).not.toContain(id);
  }, 180_000);

  it('puts what could not be forwarded back to the functions that the hub’s rules would have called', async () => {
    const text = JSON.stringify(fixture('association-created'))
      .replaceAll('111122223333', SHOP.account)
      .replaceAll('"payments"', '"shop"')
      .replaceAll('association/payments/', 'association/shop/')
      .replaceAll('a-9njjin9gfghecgocd', 'a-redriven')
      .replaceAll('"api"', '"redriven"');
    const sqs = new SQSClient(as(demo, 'shop'));
    const value = (StringValue: string) => ({ DataType: 'String', StringValue });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: `${demo.cloud.endpoint}/${SHOP.account}/${SPOKE_DEAD_LETTERS}`,
        MessageBody: text,
        MessageAttributes: {
          RULE_ARN: value('arn:aws:events:eu-west-1:222222222222:rule/podid-forward-events'),
          TARGET_ARN: value(`arn:aws:events:eu-west-1:${demo.config.hub.account}:event-bus/podid`),
          ERROR_CODE: value('NO_PERMISSIONS'),
          ERROR_MESSAGE: value('not authorized'),
          RETRY_ATTEMPTS: value('0'),
        },
      }),
    );
    const forwarded = (await letters()).find(({ by }) => by.name === 'podid-forward-events');
    expect(forwarded).toMatchObject({ account: 'shop', cause: { code: 'NO_PERMISSIONS', attempts: 1 } });
    const ran = await run('dlq', 'redrive', forwarded?.id ?? '', '--account', 'shop', '-o', 'json');
    expect(JSON.parse(ran.out)).toMatchObject({
      redriven: [{ to: expect.arrayContaining(['podid-on-association-created']) }],
      failed: [],
    });
    await eventually('the association', async () => await storeOf(demo).associations.lastKnown(SHOP, 'a-redriven'));
    expect((await json('dlq', 'list', '--account', 'shop')).letters).toEqual([]);
  }, 120_000);

  it('leaves what it can not put back where it is', async () => {
    const sqs = new SQSClient(as(demo, 'shop'));
    const QueueUrl = `${demo.cloud.endpoint}/${SHOP.account}/${SPOKE_DEAD_LETTERS}`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    const ran = await run('dlq', 'redrive', '--all', '--account', 'shop');
    expect(ran).toMatchObject({
      code: 1,
      out: '0 put back, 1 not.\n',
      err: expect.stringMatching(/stays: it can't be put back: its body is no JSON/),
    });
    expect((await json('dlq', 'list', '--account', 'shop')).letters).toMatchObject([{ event: 'hello' }]);
  }, 120_000);

  it.each<[what: string, args: readonly string[], err: RegExp]>([
    ['no such letter', ['show', 'nowhere'], /There is no letter nowhere/],
    ['nothing to do', ['redrive'], /Say which/],
    ['no such account', ['list', '--account', 'nowhere'], /There is no account nowhere/],
  ])(
    'tells %s',
    async (_what, args, err) => {
      expect(await run('dlq', ...args)).toMatchObject({ code: 1, out: '', err: expect.stringMatching(err) });
    },
    30_000,
  );
});
