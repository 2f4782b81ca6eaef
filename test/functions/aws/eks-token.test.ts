import { describe, expect, it } from '@jest/globals';
import { eksToken, MAX_TOKEN_BYTES } from '../../../functions/aws/eks-token.ts';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'tok/+=' };
const request = {
  cluster: 'payments',
  region: 'eu-west-1',
  credentials,
  at: new Date('2026-11-21T09:24:26Z'),
};
const urlOf = (token: string) => new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString());

describe('the token', () => {
  it('is signed as `aws eks get-token` (CLI 1.45) signed it with these credentials at that second', async () => {
    const url = urlOf(await eksToken(request));
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261121/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20261121T092426Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Security-Token': 'tok/+=',
      'X-Amz-Signature': '09373f1b79e470286693eaa65bb1a1cf93536724ad119e71796f3ac135cdabdb',
    });
    expect(url.origin).toBe('https://sts.eu-west-1.amazonaws.com');
  });

  it('is unpadded base64url after its prefix', async () => {
    expect(await eksToken(request)).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  });

  it("names the cluster in its signature: another cluster's token is another", async () => {
    const [one, other] = await Promise.all([eksToken(request), eksToken({ ...request, cluster: 'orders' })]);
    expect(urlOf(one).searchParams.get('X-Amz-Signature')).not.toBe(urlOf(other).searchParams.get('X-Amz-Signature'));
  });

  it.each([
    ['cn-north-1', undefined, 'https://sts.cn-north-1.amazonaws.com.cn'],
    ['eu-west-1', 'http://127.0.0.1:4566', 'http://127.0.0.1:4566'],
  ])('in %s, with the endpoint %s, asks %s', async (region, endpoint, origin) => {
    expect(urlOf(await eksToken({ ...request, region, endpoint })).origin).toBe(origin);
  });

  it.each([
    [1_200, true],
    [2_900, false],
  ])('with a session token of %d characters is within what EKS accepts: %s', async (length, fits) => {
    const token = eksToken({ ...request, credentials: { ...credentials, sessionToken: 'a'.repeat(length) } });
    if (fits) expect((await token).length).toBeLessThanOrEqual(MAX_TOKEN_BYTES);
    else await expect(token).rejects.toThrow(/EKS accepts 4096/);
  });
});
