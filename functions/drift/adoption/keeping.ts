/** What a person would keep as it is, and of what kind that can be. Pure. */
import type { Facet, ObjectRef } from '../contract.ts';
import { kindOf } from '../facets/index.ts';

/** One facet of an object as it is now; `is` null: that it isn't there. */
export type Keeping = { readonly ref: ObjectRef; readonly facet: Facet; readonly is: string | null };

/** A wish, or why there can be none, as a sentence that says what to do instead. */
export type OrRefused<Wished> = Wished | { readonly refused: string };

export const refused = (sentence: string): { readonly refused: string } => ({ refused: sentence });

/**
 * Why no version of a grant could want such a facet so; undefined where one can.
 * @example unadoptable({ object: 'role', roleArn }, 'boundary') // 'The boundary is …'
 */
export const unadoptable = (ref: ObjectRef, facet: Facet): string | undefined => {
  if (ref.object === 'cluster') return 'What a cluster has is no grant’s to want: it is for its owner to mend.';
  const kind = kindOf(facet);
  return ADOPTABLE[ref.object].has(kind) ? undefined : (WHY_NOT[kind] ?? 'No grant can want that so.');
};

const ADOPTABLE: Readonly<Record<'role' | 'association', ReadonlySet<string>>> = {
  association: new Set(['role', 'target', 'session-tags', 'policy']),
  role: new Set(['attached', 'inline']),
};

const WHY_NOT: Readonly<Record<string, string>> = {
  boundary: 'The boundary is the frame of every grant’s role, and no grant’s to choose: ask whoever deploys podid.',
  trust:
    'Whom a role admits follows from whom its grants are for. Ask for a grant for whoever else needs it (podid request), or for a change of this one.',
  tag: 'The tags say whose a thing is, and podid writes them itself.',
  exists:
    'A grant wants its things to be there. To be without them end it (podid revoke), or ask for a change that leaves them out (podid request --change); what nobody was granted becomes a grant by podid request.',
  deny: 'A session deny is its revocation’s, and goes with it.',
  version:
    'What a managed policy says is its owner’s to decide. Where it was accepted with a baseline, accept it again: podid adopt propose.',
  owner: 'The association is the add-on’s: change it there, or take the service account out of the grant.',
  cluster: 'The cluster is gone.',
};
