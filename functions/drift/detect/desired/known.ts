/** What the hub knows that says how an object should be. */
import type { Grant, GrantsConfig, SeenAssociation, SeenRole } from '../../../grants/index.ts';
import type { DenyRow } from '../../../store/denies.ts';
import type { Facets, OpenIntent } from '../../contract.ts';

export type Known = {
  /** ISO 8601. */
  readonly now: string;
  readonly config: GrantsConfig;
  /** Every grant that names the object in a version that it holds or held; more do no harm. Nobody may change one afterwards. */
  readonly grants: readonly Grant[];
  /** The denies that the hub has written on the role. */
  readonly denies: readonly DenyRow[];
  readonly intents: readonly OpenIntent[];
  /** What the object was when its owner accepted it. */
  readonly baseline?: { readonly acceptedAt: string; readonly facets: Facets };
  /** The id that it got when podid made it, or had when it was adopted. */
  readonly id?: string;
  /** Of a role that is not podid's: as it was read. Its owner's statements stay where there is no baseline. */
  readonly role?: SeenRole;
  /** Managed policies by ARN as they were when the grants were approved: `policyDigest` of their default versions. */
  readonly approved?: Readonly<Record<string, string>>;
  /** Associations that give the role and were accepted with a baseline: its trust admits them, too. Never simply those that are there. */
  readonly accepted?: readonly SeenAssociation[];
  /** Of a cluster: the access and the bindings that podid was deployed with. */
  readonly setup?: Facets;
};
