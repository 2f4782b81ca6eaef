/** Where a spoke's function is asked. Pure. */
import { type Config, spokeRegions } from './config.ts';
import { parseArn } from './partition.ts';

export type Place = { readonly account: string; readonly region: string };

export const placeKey = ({ account, region }: Place): string => `${account}/${region}`;

/** Roles are the same in every region: any of the account that has a spoke; none where the configuration names no such account. */
export const placeOfRole = (roleArn: string, config: Config): Place | undefined => {
  const account = parseArn(roleArn)?.account ?? '';
  if (!config.spokes.some((spoke) => spoke.account === account)) return undefined;
  const [region] = spokeRegions(config, account);
  return region === undefined ? undefined : { account, region };
};
