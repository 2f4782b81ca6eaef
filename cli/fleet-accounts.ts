/** The accounts of the configuration and how each is reached: the hub by PODID_PROFILE, every other by the profile of its name. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromIni } from '@aws-sdk/credential-provider-ini';
import { Option } from 'commander';
import { type Config, spokeRegions } from '../functions/config.ts';
import { partitionOf } from '../functions/partition.ts';
import { ConfigInvalid, readConfig } from '../infra/config-file.ts';
import type { Credentials } from './signed-call.ts';
import { Told } from './told.ts';

export type Account = {
  readonly name: string;
  readonly id: string;
  readonly role: 'hub' | 'spoke';
  /** Where something of it is configured. */
  readonly regions: readonly string[];
  /** Undefined for the usual chain. */
  readonly profile: string | undefined;
};

/** An account in one of its regions. */
export type Place = { readonly account: Account; readonly region: string; readonly credentials: Credentials };

export const configOption = () =>
  new Option('--config <file>', 'which accounts and clusters there are')
    .env('PODID_CONFIG')
    .default('podid.config.yaml');

/** @throws Told when it can't be read */
export const configIn = (file: string): Config => {
  try {
    return readConfig(file);
  } catch (error) {
    if (error instanceof ConfigInvalid) throw new Told(error.message);
    throw error;
  }
};

/** The hub first. */
export const accountsOf = (config: Config, hubProfile = process.env.PODID_PROFILE): readonly Account[] => {
  const { hub, spokes } = config;
  const beside = spokes.find(({ account }) => account === hub.account);
  const hubRegions = new Set([hub.region, ...(beside === undefined ? [] : spokeRegions(config, hub.account))]);
  return [
    { name: beside?.name ?? 'hub', id: hub.account, role: 'hub', regions: [...hubRegions], profile: hubProfile },
    ...spokes
      .filter((spoke) => spoke !== beside)
      .map(({ name, account }) => ({
        name,
        id: account,
        role: 'spoke' as const,
        regions: spokeRegions(config, account),
        profile: name,
      })),
  ];
};

/** The accounts with this name or id, or all of them. @throws Told when there is none */
export const accountsNamed = (accounts: readonly Account[], wanted: string | undefined): readonly Account[] => {
  const found = accounts.filter(({ name, id }) => wanted === undefined || name === wanted || id === wanted);
  if (found.length > 0) return found;
  throw new Told(
    `There is no account ${wanted} in the configuration; it has: ${accounts.map(({ name }) => name).join(', ')}.`,
  );
};

/**
 * The credentials of an account, after STS has said that they are its own: a profile of the same name may be somebody else's.
 * @throws Told with what is in the way
 */
export const credentialsOf = async ({ name, id, profile, regions }: Account): Promise<Credentials> => {
  const [region = ''] = regions;
  const client = new STSClient({ region, ...(profile !== undefined && { credentials: fromIni({ profile }) }) });
  const { Account: found } = await client.send(new GetCallerIdentityCommand({})).catch((error: unknown) => {
    throw new Told(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  });
  if (found === id) return client.config.credentials;
  throw new Told(
    `${name}: the ${profile === undefined ? 'credentials are' : `profile ${profile} is`} of account ${found}, not of ${id}.`,
  );
};

/** Every account in each of its regions; those that can't be reached are told to `missed`, and left out. */
export const placesOf = async (
  accounts: readonly Account[],
  missed: (line: string) => void,
  moreRegions: (region: string) => readonly string[] = () => [],
): Promise<readonly Place[]> => {
  const places = await Promise.all(
    accounts.map(async (account) => {
      try {
        const credentials = await credentialsOf(account);
        const regions = new Set([...account.regions, ...account.regions.flatMap(moreRegions)]);
        return [...regions].map((region) => ({ account, region, credentials }));
      } catch (error) {
        if (!(error instanceof Told)) throw error;
        missed(error.message);
        return [];
      }
    }),
  );
  return places.flat();
};

/** The region in which IAM, a global service, leaves its records. */
export const withIam = (region: string): readonly string[] => [partitionOf(region).iamRegion];
