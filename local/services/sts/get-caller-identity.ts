/** GetCallerIdentity: needs no permission, and can't be denied one. */
import type { GetCallerIdentityCommandInput, GetCallerIdentityCommandOutput } from '@aws-sdk/client-sts';
import type { Operation } from '../../contract.ts';

export const GetCallerIdentity: Operation<
  GetCallerIdentityCommandInput,
  Omit<GetCallerIdentityCommandOutput, '$metadata'>
> = {
  readOnly: true,
  asks: () => [],
  run: (_input, { caller }) => ({ UserId: caller.userId, Account: caller.account, Arn: caller.arn }),
};
