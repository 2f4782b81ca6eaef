/** Which objects a change is about, and what of them it can have touched. Pure. */
import type { AssociationState } from '../association.ts';
import type { Change, ChangeOf } from '../changes/index.ts';
import type { ClusterRef, WorkloadIdentity } from '../identity.ts';
import type { ObjectRef, SeenChange } from './contract.ts';
import { canonicalPolicy, facet, facetsOfAssociation, inlineFacet, inlineText } from './facets/index.ts';

/** What the hub knows, and the event doesn't tell. */
export type Known = {
  /** The role's ARN, by its name. */
  readonly roleArn?: string;
  /** Whose association it is, and the state that it had before. */
  readonly association?: { readonly identity: WorkloadIdentity; readonly before?: AssociationState };
  /** The roles that bear a managed policy. */
  readonly bearers?: readonly string[];
  /** The associations of a cluster. */
  readonly neighbours?: readonly { readonly identity: WorkloadIdentity; readonly state: AssociationState }[];
};

export type SeenOf = { readonly ref: ObjectRef; readonly change: SeenChange };

/** None: it is about nothing that is compared, or nobody knows what it is about. */
export const refsOf = (change: Change, known: Known, via: SeenChange['via'] = 'event'): readonly SeenOf[] => {
  const { kind, at, actor } = change;
  const seen = (ref: ObjectRef, { facets, value }: Touched): SeenOf => ({
    ref,
    change: {
      eventId: actor.eventId,
      at,
      kind,
      facets: [...facets],
      actor,
      via,
      ...(value !== undefined && { value }),
    },
  });
  switch (change.kind) {
    case 'AssociationCreated':
    case 'AssociationUpdated':
    case 'AssociationDeleted': {
      const identity = change.identity ?? known.association?.identity;
      if (identity === undefined) return [];
      return [seen({ object: 'association', identity }, touchedOfAssociation(change, known.association?.before))];
    }
    case 'ManagedPolicyChanged': {
      const touched = { facets: [facet('version', change.policyArn), facet('attached', change.policyArn)] };
      return (known.bearers ?? []).map((roleArn) => seen({ object: 'role', roleArn }, touched));
    }
    case 'AddOnChanged':
    case 'ClusterCreated':
    case 'ClusterDeleted':
    case 'ClusterConfigChanged':
    case 'AccessEntryChanged': {
      const { cluster } = change;
      const gone = (known.neighbours ?? []).filter(({ state }) => hangsOn(state, change));
      return [
        seen({ object: 'cluster', cluster }, touchedOfCluster(change)),
        ...gone.map(({ identity }) => seen({ object: 'association', identity }, EVERYTHING)),
      ];
    }
    case 'RoleUpdated': // Description and longest session are compared by nobody.
      return [];
    default: {
      const roleArn = change.roleArn ?? known.roleArn;
      return roleArn === undefined ? [] : [seen({ object: 'role', roleArn }, touchedOfRole(change))];
    }
  }
};

/** `value`: of the one facet that was set, where the event tells it; null: it went. */
type Touched = { readonly facets: readonly string[]; readonly value?: string | null };

/** Who makes a thing sets all of it. */
const EVERYTHING: Touched = { facets: ['*'] };

type RoleChange = ChangeOf<
  | 'RoleTrustChanged'
  | 'RoleCreated'
  | 'RoleAcquired'
  | 'RoleDeleted'
  | 'RoleTagsChanged'
  | 'RolePolicyChanged'
  | 'RoleBoundaryChanged'
>;

const touchedOfRole = (change: RoleChange): Touched => {
  switch (change.kind) {
    case 'RoleTrustChanged': {
      const { trust } = change;
      return { facets: ['trust'], ...(trust !== undefined && { value: canonicalPolicy(trust) }) };
    }
    case 'RolePolicyChanged': {
      const { policy, what } = change;
      if ('arn' in policy)
        return { facets: [facet('attached', policy.arn)], value: what === 'attached' ? 'attached' : null };
      const { name, document } = policy;
      if (what === 'deleted') return { facets: [inlineFacet(name)], value: null };
      return { facets: [inlineFacet(name)], ...(document !== undefined && { value: inlineText(name, document) }) };
    }
    case 'RoleBoundaryChanged': {
      const { boundary } = change;
      return { facets: ['boundary'], ...(boundary !== undefined && { value: boundary }) };
    }
    case 'RoleTagsChanged':
      return { facets: ['tag'] };
    case 'RoleDeleted':
      return { facets: ['exists'] };
    case 'RoleCreated':
    case 'RoleAcquired':
      return EVERYTHING;
  }
};

type AssociationChange = ChangeOf<'AssociationCreated' | 'AssociationUpdated' | 'AssociationDeleted'>;

const touchedOfAssociation = (change: AssociationChange, before: AssociationState | undefined): Touched => {
  if (change.kind === 'AssociationCreated') return EVERYTHING;
  if (change.kind === 'AssociationDeleted') return { facets: ['exists'] };
  const all = ['role', 'target', 'session-tags', 'policy'];
  if (before === undefined) return { facets: all };
  const [was, is] = [settingsOf(before), settingsOf(change.state)];
  const changed = all.filter((each) => was[each] !== is[each]);
  // Nothing else than before: an order that came out of turn, of which nobody knows what it set.
  if (changed.length === 0) return { facets: all };
  const [only, ...others] = changed;
  const value = only !== undefined && others.length === 0 ? is[only] : undefined;
  return { facets: changed, ...(value !== undefined && { value }) };
};

const settingsOf = (state: AssociationState): Readonly<Record<string, string>> =>
  facetsOfAssociation({ state, tags: {} }).facets;

type ClusterChange = ChangeOf<
  'AddOnChanged' | 'ClusterCreated' | 'ClusterDeleted' | 'ClusterConfigChanged' | 'AccessEntryChanged'
>;

/** The add-on by which pods get credentials. */
const AGENT = 'eks-pod-identity-agent';

const touchedOfCluster = (change: ClusterChange): Touched => {
  switch (change.kind) {
    case 'AddOnChanged':
      return { facets: change.addOn === AGENT ? ['agent'] : [] };
    case 'AccessEntryChanged':
      return { facets: ['access'] };
    // The authentication mode decides about access, Auto Mode about the agent.
    case 'ClusterConfigChanged':
      return { facets: ['access', 'agent'] };
    case 'ClusterDeleted':
      return { facets: ['exists'] };
    case 'ClusterCreated':
      return EVERYTHING;
  }
};

/** Whether the association can have come or gone with what changed. */
const hangsOn = ({ ownerArn }: AssociationState, change: ClusterChange): boolean => {
  if (change.kind === 'ClusterDeleted') return true;
  return change.kind === 'AddOnChanged' && ownerArn !== undefined && isAddOn(ownerArn, change.cluster, change.addOn);
};

/** `arn:…:eks:REGION:ACCOUNT:addon/CLUSTER/NAME/ID`. */
const isAddOn = (ownerArn: string, { cluster }: ClusterRef, addOn: string): boolean =>
  ownerArn.includes(`:addon/${cluster}/${addOn}/`) || ownerArn.endsWith(`:addon/${cluster}/${addOn}`);
