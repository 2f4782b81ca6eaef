/** The client for IAM, whose calls say for whom they are made. */
import { IAMClient } from '@aws-sdk/client-iam';
import { CLIENT_SETTINGS } from './edge.ts';

/** Who asks, for CloudTrail: the id of a revocation, the name of an execution. */
export type Asker = { readonly asker?: string };

let made: { readonly asker: string | undefined; readonly client: IAMClient } | undefined;

/**
 * A client whose calls carry the asker's id in the user agent, and so into CloudTrail. A new id makes a new client over the old one's
 * connections.
 */
export const iamFor = ({ asker }: Asker = {}): IAMClient => {
  if (made !== undefined && made.asker === asker) return made.client;
  const client = new IAMClient({
    ...CLIENT_SETTINGS,
    ...(made !== undefined && { requestHandler: made.client.config.requestHandler }),
    ...(asker !== undefined && { customUserAgent: [['podid', asker]] }),
  });
  made = { asker, client };
  return client;
};
