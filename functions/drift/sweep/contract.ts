/** What the states of `sweep.asl.json` hand to each other, and what the hub's functions ask of the spokes meanwhile. Pure. */
import * as z from 'zod';
import { AssociationState, Identity, Instant, RoleArn } from '../../association.ts';
import { IrsaUse } from '../../irsa.ts';
import { ClusterTag } from '../../sweep-settings.ts';

export const ClusterRef = Identity.pick({ account: true, region: true, cluster: true });
export const PlaceRef = Identity.pick({ account: true, region: true });
const Account = Identity.shape.account;

/** One sweep: until when it describes what is due; what is left then is for the next. */
export const SweepRef = z.strictObject({ id: z.string().min(1).max(60), startedAt: Instant, until: Instant });
export type SweepRef = z.infer<typeof SweepRef>;

/** One of CloudTrail's histories: of a service, in an account and region, through the spoke of a region that has one. */
export const Look = z.strictObject({ service: z.enum(['iam', 'eks']), region: z.string(), via: z.string() });
export type Look = z.infer<typeof Look>;

/** An account; its roles are asked for through the spoke of `region`. */
export const AccountToSweep = z.strictObject({ account: Account, region: z.string(), looks: z.array(Look) });
export type AccountToSweep = z.infer<typeof AccountToSweep>;

/** Clusters of one account and region share EKS's rates there: they come one after the other. */
export const PlaceToSweep = z.strictObject({ clusters: z.array(ClusterRef).min(1) });
export type PlaceToSweep = z.infer<typeof PlaceToSweep>;

/** What one more execution of the machine takes of a sweep that has more clusters than a payload holds: the places, and nothing of the accounts. */
export const SweepSlice = z.strictObject({ sweep: SweepRef, places: z.array(PlaceToSweep).min(1) });
export type SweepSlice = z.infer<typeof SweepSlice>;

/** What became of one item of a Map, or of the search for clusters in one place. */
export const Outcome = z.union([
  z.strictObject({ outcome: z.literal('swept') }),
  z.strictObject({
    outcome: z.literal('not-swept'),
    what: z.union([Account, ClusterRef, PlaceRef]),
    at: z.string(),
    error: z.string(),
  }),
]);
export type Outcome = z.infer<typeof Outcome>;

/** Which execution this is, the lease on sweeping is in its name; and when it began, so that a second try begins the same sweep. */
export const ListClustersInput = z.strictObject({ execution: z.string().min(1).max(80), startedAt: Instant });

export const ToSweep = z.strictObject({
  isSlice: z.literal(false),
  sweep: SweepRef,
  accounts: z.array(AccountToSweep),
  places: z.array(PlaceToSweep),
  /** Of the search for clusters by their tag, one for each place. */
  discovery: z.array(Outcome),
  /** The executions that were started for the places that this one's payload does not hold. */
  slices: z.array(z.string()),
});
export type ToSweep = z.infer<typeof ToSweep>;

/** `underWay`: the execution that sweeps already. Two at once would double the rates, so this one ends. */
export const ListClustersOutput = z.union([ToSweep, z.strictObject({ underWay: z.string() })]);
export type ListClustersOutput = z.infer<typeof ListClustersOutput>;

export const KeepLookupsInput = z.strictObject({ sweep: SweepRef, account: AccountToSweep });
export const KeepRolesInput = KeepLookupsInput;

/** How far a cluster's sweep has come when there was no time for all of it in one call. */
export const ClusterProgress = z.strictObject({
  /** Of what is due in the rotation, up to this id all is described. */
  after: z.string().optional(),
  described: z.int(),
  hinted: z.int(),
  silent: z.int(),
});
export type ClusterProgress = z.infer<typeof ClusterProgress>;

export const KeepAssociationsInput = z.strictObject({
  sweep: SweepRef,
  cluster: ClusterRef,
  progress: ClusterProgress.optional(),
});
export type KeepAssociationsInput = z.infer<typeof KeepAssociationsInput>;
/** `progress` present: there is more, and the same is to be asked again with it. */
export const KeepAssociationsOutput = z.strictObject({
  status: z.enum(['present', 'gone']),
  listed: z.int(),
  described: z.int(),
  progress: ClusterProgress.optional(),
});
export type KeepAssociationsOutput = z.infer<typeof KeepAssociationsOutput>;

export const ConcludeSweepInput = z.strictObject({
  execution: z.string(),
  isSlice: z.boolean(),
  slices: z.array(z.string()),
  sweep: SweepRef,
  discovery: z.array(Outcome),
  lookups: z.array(Outcome),
  roles: z.array(Outcome),
  clusters: z.array(z.array(Outcome)),
});
export type ConcludeSweepInput = z.infer<typeof ConcludeSweepInput>;

/** `find-clusters`: a page of the account's and region's clusters, and which of them bear a tag. */
export const FindClustersInput = z.strictObject({
  ...PlaceRef.shape,
  tag: ClusterTag,
  /** Those that the configuration lists: nobody asks for their tags. */
  except: z.array(z.string()),
  perSecond: z.int().min(1),
  next: z.string().optional(),
});
export type FindClustersInput = z.infer<typeof FindClustersInput>;
export const FindClustersOutput = z.strictObject({
  /** All that there are. */
  names: z.array(z.string()),
  /** Of those, the ones that bear the tag. */
  tagged: z.array(z.string()),
  next: z.string().optional(),
});
export type FindClustersOutput = z.infer<typeof FindClustersOutput>;

/** `list-associations`: some pages of a cluster's associations, by identity and id alone. */
export const ListAssociationsInput = z.strictObject({
  ...ClusterRef.shape,
  next: z.string().optional(),
  perSecond: z.int().min(1),
});
export const ListAssociationsOutput = z.strictObject({
  /** `gone`: there is no such cluster, and so it has no associations. */
  status: z.enum(['present', 'gone']),
  associations: z.array(
    z.strictObject({ associationId: z.string(), namespace: z.string(), serviceAccount: z.string() }),
  ),
  /** The cluster's OIDC issuer, without `https://`; with the first page, and absent when it has none to tell. */
  issuer: z.string().optional(),
  next: z.string().optional(),
});
export type ListAssociationsOutput = z.infer<typeof ListAssociationsOutput>;

/** At most so many are described in one call: with session policies 300 kB, and 50 s at two a second. */
export const MOST_DESCRIBED = 100;

export const DescribeAssociationsInput = z.strictObject({
  ...ClusterRef.shape,
  ids: z.array(z.string()).min(1).max(MOST_DESCRIBED),
  perSecond: z.int().min(1),
});
export const DescribedAssociation = z.strictObject({ identity: Identity, state: AssociationState });
export type DescribedAssociation = z.infer<typeof DescribedAssociation>;
/** Those that were deleted meanwhile are not among them. */
export const DescribeAssociationsOutput = z.strictObject({
  associations: z.array(DescribedAssociation),
  readAt: Instant,
});
export type DescribeAssociationsOutput = z.infer<typeof DescribeAssociationsOutput>;

/** `list-service-accounts`: some pages of those of a cluster; only those that ask for a role by IRSA are told. */
export const ListServiceAccountsInput = z.strictObject({ ...ClusterRef.shape, next: z.string().optional() });
export const ListServiceAccountsOutput = z.strictObject({
  serviceAccounts: z.array(
    z.strictObject({ ...Identity.pick({ namespace: true, serviceAccount: true }).shape, irsa: IrsaUse }),
  ),
  next: z.string().optional(),
});
export type ListServiceAccountsOutput = z.infer<typeof ListServiceAccountsOutput>;

/** `list-roles`: a page of an account's roles, as digests: whole they would be megabytes. */
export const ListRolesInput = z.strictObject({ account: Account, next: z.string().optional() });
export const ListedRole = z.strictObject({
  roleArn: RoleArn,
  /** Of its facets but the versions of its managed policies, which stand on other pages. */
  digest: z.string(),
});
export type ListedRole = z.infer<typeof ListedRole>;
export const ListRolesOutput = z.strictObject({
  roles: z.array(ListedRole),
  /** Digests of the default versions of the account's own managed policies, by ARN. */
  policies: z.record(z.string(), z.string()),
  next: z.string().optional(),
});
export type ListRolesOutput = z.infer<typeof ListRolesOutput>;

/** Where a lookup goes on: with which name of the list, and which page of it. */
export const LookupCursor = z.strictObject({ name: z.int().min(0), next: z.string().optional() });
export type LookupCursor = z.infer<typeof LookupCursor>;
export const LookupEventsInput = z.strictObject({
  account: Account,
  region: z.string(),
  eventNames: z.array(z.string()).min(1).max(100),
  /** Only calls about this resource, by its ARN, and no more pages of them than these, newest first; there is no cursor then. */
  about: z.strictObject({ resourceName: z.string().min(1).max(2048), pages: z.int().min(1).max(20) }).optional(),
  from: Instant,
  to: Instant,
  perSecond: z.int().min(1),
  cursor: LookupCursor.optional(),
});
export type LookupEventsInput = z.infer<typeof LookupEventsInput>;
export const LookupEventsOutput = z.strictObject({
  /** CloudTrail's records, as JSON text. */
  records: z.array(z.string()),
  cursor: LookupCursor.optional(),
});
export type LookupEventsOutput = z.infer<typeof LookupEventsOutput>;
