/** tighten-trust proves what it writes, and does not take the word of what made it. */
import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { beforeEach, expect, it, jest } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { handlerOf } from '../revocation/spoke.ts';
import { holds, identity, input, trustOf } from './tighten-trust.ts';

const tighten = jest.fn<() => { text: string; changed: boolean }>();
jest.unstable_mockModule('../../../functions/trust/tighten/index.ts', () => ({ tighten }));
const tightenTrust = await handlerOf('trust', 'tighten-trust');
const iam = mockClient(IAMClient);

const before = trustOf({ 'kubernetes-namespace': 'checkout' });
const written = () => iam.commandCalls(UpdateAssumeRolePolicyCommand);

beforeEach(() => {
  iam.reset();
  process.env.PODID_MANAGED_ROLES = '["*"]';
  holds(iam, before);
});

it.each([
  ['lets anybody in', trustOf(), /not provably narrower: it would let others in/],
  ['lets others in', trustOf({ 'kubernetes-namespace': 'billing' }), /not provably narrower: it would let others in/],
  [
    'shuts out somebody who asked',
    trustOf({ 'kubernetes-namespace': 'checkout', 'kubernetes-service-account': 'worker' }),
    /not provably narrower: it would shut out checkout\/api/,
  ],
  ['is none', '{"Version":"2012-10-17","Statement":[{"Effect":"Perhaps"}]}', /Missing required field/],
])('a policy that %s is not written', async (_, text, because) => {
  tighten.mockReturnValue({ text, changed: true });
  expect(await tightenTrust(input(before, identity('api')))).toMatchObject({
    status: 'refused',
    because: expect.stringMatching(because),
  });
  expect(written()).toEqual([]);
});

it('one that is narrower is written', async () => {
  tighten.mockReturnValue({
    text: trustOf({ 'kubernetes-namespace': 'checkout', 'kubernetes-service-account': ['api', 'worker'] }),
    changed: true,
  });
  expect(await tightenTrust(input(before, identity('api')))).toMatchObject({ status: 'written' });
  expect(written()).toHaveLength(1);
});

const named = (name: string) => Object.assign(new Error(`it is ${name}`), { name });

it.each([
  ['DoesNotFit', 'does-not-fit'],
  ['ReachUndecided', 'undecided'],
  ['NotProvable', 'refused'],
  ['NothingLeft', 'refused'],
])('%s is the answer %s, with its message', async (name, status) => {
  tighten.mockImplementation(() => {
    throw named(name);
  });
  expect(await tightenTrust(input(before, identity('api')))).toMatchObject({ status, because: `it is ${name}` });
  expect(written()).toEqual([]);
});

it('any other error is a fault of ours, and no answer', async () => {
  tighten.mockImplementation(() => {
    throw named('TypeError');
  });
  await expect(tightenTrust(input(before, identity('api')))).rejects.toMatchObject({ name: 'TypeError' });
  expect(written()).toEqual([]);
});
