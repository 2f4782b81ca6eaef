/** What a resource type needs to be deployed, and what it gives back. */
import type { Cloud } from '../contract.ts';
import type { Deployed } from './intrinsics.ts';

export type Target = {
  readonly cloud: Cloud;
  readonly account: string;
  readonly region: string;
  /** The folder of an asset, by its hash. */
  readonly asset: (hash: string) => string;
  /** An API call as the account's administrator, as CloudFormation would make it. */
  readonly call: (scope: string, operation: string, input: object) => Promise<unknown>;
};

/** Makes the resource from its resolved properties. `id` is its logical id. */
export type Deploy<Properties> = (properties: Properties, target: Target, id: string) => Deployed | Promise<Deployed>;
