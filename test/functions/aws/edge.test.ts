import { describe, expect, it } from '@jest/globals';
import { answerIfThere, answerOf } from '../../../functions/aws/edge.ts';

const fault = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error(`${name} said AWS`), {
    name,
    $metadata: httpStatusCode === undefined ? undefined : { httpStatusCode },
  });

describe('what an error of the SDK becomes', () => {
  it.each([
    ['Throttling', 400, 'Throttled'],
    ['ThrottlingException', 400, 'Throttled'],
    ['TooManyRequestsException', 429, 'Throttled'],
    ['RequestLimitExceeded', 503, 'Throttled'],
    ['ServerException', 500, 'ServiceUnavailable'],
    ['ServiceUnavailableException', 503, 'ServiceUnavailable'],
    ['ServiceFailure', 500, 'ServiceUnavailable'],
    ['TimeoutError', undefined, 'ServiceUnavailable'],
    ['Whatever', 502, 'ServiceUnavailable'],
    ['AccessDenied', 403, 'AccessDenied'],
    ['AccessDeniedException', 403, 'AccessDenied'],
    ['UnauthorizedOperation', 403, 'AccessDenied'],
    ['ExpiredTokenException', 403, 'AccessDenied'],
    ['NoSuchEntityException', 404, 'NotFound'],
    ['ResourceNotFoundException', 404, 'NotFound'],
    ['InvalidParameterException', 400, 'Refused'],
  ])('%s (%s): %s', async (name, status, expected) => {
    const cause = fault(name, status);
    await expect(answerOf('eks:DescribeCluster', () => Promise.reject(cause))).rejects.toMatchObject({
      name: expected,
      message: expect.stringMatching(/^eks:DescribeCluster/),
      cause,
    });
  });

  it('a connection that fails is no answer', async () => {
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    await expect(answerOf('x', () => Promise.reject(refused))).rejects.toMatchObject({ name: 'ServiceUnavailable' });
  });
});

describe('a thing that may be missing', () => {
  it('is undefined; other failures stay failures', async () => {
    const missing = () => Promise.reject(fault('NoSuchEntityException', 404));
    expect(await answerIfThere('iam:GetRole', missing)).toBeUndefined();
    await expect(answerOf('iam:GetRole', missing)).rejects.toMatchObject({ name: 'NotFound' });
    await expect(answerIfThere('x', () => Promise.reject(fault('AccessDenied')))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
  });
});
