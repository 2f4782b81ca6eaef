/** What the hub knows of the things that a change names by name or id only. */
import type { AssociationState } from '../association.ts';
import type { Change } from '../changes/index.ts';
import type { Config } from '../config.ts';
import { parseArn, partitionOf } from '../partition.ts';
import type { AssociationRow } from '../store/association-row.ts';
import type { Store } from '../store/index.ts';
import { instant } from '../store/row.ts';
import { type Known, refsOf, type SeenOf } from './changes-seen.ts';
import type { SeenChange } from './contract.ts';
import { facet } from './facets/index.ts';
import type { Objects } from './hints.ts';

export type KnowingHub = {
  readonly store: Pick<Store, 'associations' | 'roles'>;
  readonly objects: Pick<Objects, 'list'>;
  readonly config: Config;
};

/** The objects that a change is about, with what can have been touched. @example for (const { ref, change: seen } of await seenIn(hub, change)) await hint(hub, ref, seen); */
export const seenIn = async (
  hub: KnowingHub,
  change: Change,
  via: SeenChange['via'] = 'event',
): Promise<readonly SeenOf[]> => refsOf(change, await knownOf(hub, change), via);

const knownOf = async (hub: KnowingHub, change: Change): Promise<Known> => {
  const { associations } = hub.store;
  switch (change.kind) {
    case 'AssociationCreated':
      return {};
    case 'AssociationUpdated': {
      const row = await associations.lastKnown(change.identity, change.state.associationId);
      const before = row && stateBefore(row, change.state.modifiedAt ?? change.at);
      return { association: { identity: change.identity, ...(before !== undefined && { before }) } };
    }
    case 'AssociationDeleted': {
      const identity = (await associations.lastKnown(change.cluster, change.associationId))?.identity;
      return identity === undefined ? {} : { association: { identity } };
    }
    case 'ManagedPolicyChanged':
      return { bearers: await bearersOf(hub, change.policyArn) };
    case 'AddOnChanged':
    case 'ClusterDeleted':
      return { neighbours: await associations.ofCluster(change.cluster) };
    case 'ClusterCreated':
    case 'ClusterConfigChanged':
    case 'AccessEntryChanged':
      return {};
    default:
      return { roleArn: change.roleArn ?? (await roleNamed(hub, change.role)) };
  }
};

/** Whoever else answers the event may have kept its state already. */
const stateBefore = ({ seen }: AssociationRow, revision: string): AssociationState | undefined =>
  seen.findLast((each) => each.revision < instant(revision))?.state;

/** Most of IAM's events tell only the name; the path is as it was last seen, or else there is none. */
const roleNamed = async (
  { store, config }: KnowingHub,
  { account, name }: { readonly account: string; readonly name: string },
): Promise<string> =>
  (await store.roles.named(account, name)) ?? `arn:${partitionOf(config.hub.region).name}:iam::${account}:role/${name}`;

/** Of the roles that are looked after. AWS's own policies are in no account: of those no event comes. */
const bearersOf = async ({ objects }: KnowingHub, policyArn: string): Promise<readonly string[]> => {
  const account = parseArn(policyArn)?.account ?? '';
  const attached = facet('attached', policyArn);
  const bearers: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await objects.list('role', account, cursor === undefined ? {} : { cursor });
    for (const { ref, facets = {} } of page.states) {
      if (ref.object === 'role' && facets[attached] !== undefined) bearers.push(ref.roleArn);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return bearers;
};
