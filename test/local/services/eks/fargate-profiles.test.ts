/** Fargate profiles through the SDK client. */
import * as eks from '@aws-sdk/client-eks';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ACCOUNT, type Listening, REGION, startListening, trustOf } from '../../wire/listening.ts';

let here: Listening;
const podExecutionRoleArn = `arn:aws:iam::${ACCOUNT}:role/fargate`;
const named = (fargateProfileName: string) => ({ clusterName: 'payments', fargateProfileName });

beforeAll(async () => {
  here = await startListening();
  const AssumeRolePolicyDocument = trustOf(`arn:aws:iam::${ACCOUNT}:root`);
  await here.iam.send(new CreateRoleCommand({ RoleName: 'fargate', AssumeRolePolicyDocument }));
});
afterAll(() => here.cloud.close());

const create = (name: string, more: Partial<eks.CreateFargateProfileCommandInput> = {}) =>
  here.eks.send(
    new eks.CreateFargateProfileCommand({
      ...named(name),
      podExecutionRoleArn,
      selectors: [{ namespace: 'batch' }],
      ...more,
    }),
  );
const list = async (maxResults?: number) =>
  (await here.eks.send(new eks.ListFargateProfilesCommand({ clusterName: 'payments', maxResults })))
    .fargateProfileNames;

test('a profile as it is created, described, listed, tagged and deleted', async () => {
  const { fargateProfile } = await create('batch', { tags: { team: 'a' }, clientRequestToken: 'once' });
  expect(fargateProfile).toMatchObject({
    fargateProfileName: 'batch',
    fargateProfileArn: expect.stringMatching(
      `^arn:aws:eks:${REGION}:${ACCOUNT}:fargateprofile/payments/batch/[0-9a-f-]{36}$`,
    ),
    clusterName: 'payments',
    podExecutionRoleArn,
    selectors: [{ namespace: 'batch', labels: {} }],
    status: 'ACTIVE',
  });
  expect(await create('batch', { tags: { team: 'a' }, clientRequestToken: 'once' })).toMatchObject({ fargateProfile });
  await create('web', { selectors: [{ namespace: 'web-*', labels: { compute: 'fargate' } }] });
  expect(await list()).toEqual(['batch', 'web']);
  expect(await list(1)).toEqual(['batch']);
  const described = await here.eks.send(new eks.DescribeFargateProfileCommand(named('web')));
  expect(described.fargateProfile?.selectors).toEqual([{ namespace: 'web-*', labels: { compute: 'fargate' } }]);
  const resourceArn = fargateProfile?.fargateProfileArn ?? '';
  expect(await here.eks.send(new eks.ListTagsForResourceCommand({ resourceArn }))).toMatchObject({
    tags: { team: 'a' },
  });
  const gone = await here.eks.send(new eks.DeleteFargateProfileCommand(named('batch')));
  expect(gone.fargateProfile?.status).toBe('DELETING');
  expect(await list()).toEqual(['web']);
});

test.each([
  ['a name that is taken', { fargateProfileName: 'web' }, 'ResourceInUseException'],
  ['no selector', { selectors: [] }, 'InvalidParameterException'],
  ['an unknown cluster', { clusterName: 'none' }, 'ResourceNotFoundException'],
])('%s is refused', async (_, more, name) => {
  await expect(create('other', more)).rejects.toMatchObject({ name });
});

test('what is not there is not found', async () => {
  const describe = here.eks.send(new eks.DescribeFargateProfileCommand(named('none')));
  await expect(describe).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});
