import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as z from 'zod';
import { entry } from '../../../functions/runtime/entry.ts';
import { Failure } from '../../../functions/runtime/errors.ts';
import { context } from './context.ts';

const Input = z.strictObject({ role: z.string(), cut: z.strictObject({ times: z.array(z.int()) }) });
const GOOD = { role: 'orders', cut: { times: [1, 2] } };

describe('a function', () => {
  const printed: unknown[] = [];
  const keep = (chunk: unknown): boolean => {
    printed.push(JSON.parse(String(chunk)));
    return true;
  };
  beforeEach(() => {
    printed.length = 0;
    process.env.POWERTOOLS_METRICS_NAMESPACE = 'podid';
    process.env.POWERTOOLS_SERVICE_NAME = 'cut';
    jest.spyOn(process.stdout, 'write').mockImplementation(keep);
    jest.spyOn(process.stderr, 'write').mockImplementation(keep);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('gets its checked input, the clock, the time that is left, and who it is', async () => {
    const handler = entry(Input, async (input, { now, remainingMillis, functionArn, functionName }) => ({
      input,
      year: now().getUTCFullYear() > 2000,
      left: remainingMillis(),
      functionArn,
      functionName,
    }));
    expect(await handler(GOOD, context('podid-cut'))).toEqual({
      input: GOOD,
      year: true,
      left: 30_000,
      functionArn: 'arn:aws:lambda:eu-west-1:999988887777:function:podid-cut',
      functionName: 'podid-cut',
    });
  });

  it.each([
    [{ ...GOOD, cut: { times: [1, 'x'] } }, /podid-cut.*cut\.times\.1/],
    [{ ...GOOD, extra: 1 }, /extra/],
    [{}, /role.*cut/],
    [null, /the whole/],
    ['text', /the whole/],
  ])('refuses the input %j, naming what is wrong with it', async (input, message) => {
    const run = jest.fn(async () => 'ran');
    await expect(entry(Input, run)(input, context('podid-cut'))).rejects.toMatchObject({
      name: 'InputMalformed',
      message: expect.stringMatching(message),
      cause: expect.any(z.ZodError),
    });
    expect(run).not.toHaveBeenCalled();
  });

  it('does not show values of its input in the error: they may be secret', async () => {
    const secret = 'AKIAIOSFODNN7EXAMPLE';
    const refused = entry(Input, async () => 'ran')({ role: 7, cut: secret }, context('podid-cut'));
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringContaining(secret) });
  });

  it('throws on what it failed with, unchanged, once logged and counted under its name', async () => {
    const failure = new Failure('Throttled', 'slow down', { cause: new Error('429') });
    const handler = entry(Input, () => Promise.reject(failure));
    await expect(handler(GOOD, context('podid-cut'))).rejects.toBe(failure);
    expect(printed).toContainEqual(
      expect.objectContaining({ level: 'ERROR', message: 'slow down', function_name: 'podid-cut' }),
    );
    expect(printed).toContainEqual(expect.objectContaining({ Throttled: 1, service: 'cut' }));
  });

  it('prints nothing when there is nothing to say', async () => {
    await entry(Input, async () => 'ran')(GOOD, context('podid-cut'));
    expect(printed).toEqual([]);
  });

  it('publishes what it counted', async () => {
    await entry(Input, async (_, { count }) => count('RevocationBegun'))(GOOD, context('podid-cut'));
    expect(printed).toEqual([expect.objectContaining({ RevocationBegun: 1 })]);
  });

  it('publishes with dimensions what it counted with them, and with its own what it counted besides', async () => {
    const handler = entry(Input, async (_, { count }) => {
      count('RevocationBegun');
      count('FindingOpened', { mode: 'notify' });
      count('FindingOpened', { reason: 'PolicyAttached', mode: 'notify' });
    });
    await handler(GOOD, context('podid-cut'));
    const Document = z.looseObject({
      _aws: z.object({ CloudWatchMetrics: z.tuple([z.object({ Dimensions: z.array(z.array(z.string())) })]) }),
    });
    const documents = printed.map((one) => {
      const { _aws, ...values } = Document.parse(one);
      return { dimensions: _aws.CloudWatchMetrics[0].Dimensions, values };
    });
    expect(documents).toEqual([
      { dimensions: [['mode']], values: { mode: 'notify', FindingOpened: 1 } },
      {
        dimensions: [['reason', 'mode']],
        values: { reason: 'PolicyAttached', mode: 'notify', FindingOpened: 1 },
      },
      { dimensions: [['service']], values: { service: 'cut', RevocationBegun: 1 } },
    ]);
  });
});
