/** How the command line reaches the hub: the credentials of the profile in PODID_PROFILE, in the region of PODID_HUB_REGION. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { machineArn } from '../functions/names.ts';
import { openStore, type Store } from '../functions/store/index.ts';
import { Told } from './told.ts';

/** The region and credentials of clients in the hub. */
export const hubSettings = () => {
  const region = process.env.PODID_HUB_REGION ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  if (region === undefined) {
    throw new Told(
      "No region: set PODID_HUB_REGION (or AWS_REGION) to the hub's. On the local cloud: source .podid/env",
    );
  }
  // A profile on purpose: credentials exported from a pod, say, must not be taken for an operator's.
  const profile = process.env.PODID_PROFILE;
  return profile === undefined ? { region } : { region, credentials: fromIni({ profile }) };
};

/** The hub's table. */
export const hubStore = (): Store => openStore(new DynamoDBClient(hubSettings()), process.env.PODID_TABLE);

/** Step Functions in the hub, and the ARN of a machine of ours there. */
export const hubMachines = async (file: string): Promise<{ client: SFNClient; machine: string; caller: string }> => {
  const { Account: account, Arn: caller } = await new STSClient(hubSettings()).send(new GetCallerIdentityCommand({}));
  if (account === undefined || caller === undefined)
    throw new Told('STS does not say who you are; check your credentials');
  return { client: new SFNClient(hubSettings()), machine: machineArn(file, account, hubSettings().region), caller };
};

/** Who asks, by ARN: it stands in the record of what they do. */
export const whoAmI = async (): Promise<string> => {
  const { Arn } = await new STSClient(hubSettings()).send(new GetCallerIdentityCommand({}));
  if (Arn === undefined) throw new Told('STS does not say who you are; check your credentials');
  return Arn;
};
