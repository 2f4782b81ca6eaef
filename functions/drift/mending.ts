/** What may be taken away of a role, each deed proven against the role as it is now: nobody comes in by it, and nobody can do more. Pure. */
import { readDeny } from '../abac/session-deny.ts';
import type { RoleWrite, Taken, WholeRole } from '../aws/iam-roles.ts';
import { moreAdmitted } from './admits-no-more.ts';
import { isOfGrants } from './defended-roles.ts';
import { canonicalPolicy, denyText, facet, inlineFacet } from './facets/index.ts';
import { moreIn } from './gives-no-more.ts';
import { denies, liftedDeny, type Staying } from './lifts-no-deny.ts';
import { grantsBoundary, type MendingBounds } from './mending-bounds.ts';
import type { MendDeed } from './spoke-contract.ts';

/** A role as it is, with the texts of the managed policies that the deeds hang on. Undefined or absent: nobody could read it. */
export type MendedRole = WholeRole & { readonly documents: Readonly<Record<string, string | undefined>> };

/** Whether the role is as the deed would make it. */
export const isDone = (deed: MendDeed, role: WholeRole): boolean => {
  switch (deed.do) {
    case 'trust':
      return isSame(deed.document, role.trust);
    case 'detach':
      return !role.managedPolicyArns.includes(deed.arn);
    case 'delete-inline':
      return inlineOf(role, deed.name) === undefined;
    case 'put-inline':
      return isSame(deed.document, inlineOf(role, deed.name));
    case 'boundary':
      return role.boundaryArn === deed.arn;
  }
};

/** Why a deed is not done, as a sentence; undefined when it is proven to take away only, or is done already. */
export const refusedDeed = (deed: MendDeed, role: MendedRole, bounds: MendingBounds): string | undefined => {
  if (isDone(deed, role)) return undefined;
  const because = refusal(deed, role, bounds);
  return because === undefined ? undefined : `${labelOf(deed)} stays as it is: ${because}`;
};

const refusal = (deed: MendDeed, role: MendedRole, bounds: MendingBounds): string | undefined => {
  switch (deed.do) {
    case 'trust':
      return moreAdmitted(deed.document, role);
    case 'detach':
    case 'delete-inline':
      return refusedGoing(deed, role);
    case 'put-inline':
      return refusedReplacing(deed.document, inlineOf(role, deed.name));
    case 'boundary':
      return refusedBoundary(deed.arn, role, bounds);
  }
};

/** The managed policies that have to be read before these deeds can be judged. */
export const policiesToRead = (deeds: readonly MendDeed[], { boundaryArn }: WholeRole): readonly string[] => {
  const arns = deeds.flatMap((deed) => {
    if (deed.do === 'detach') return [deed.arn];
    return deed.do === 'boundary' && boundaryArn !== undefined ? [deed.arn, boundaryArn] : [];
  });
  return [...new Set(arns)];
};

/** Those that have to be read then: where a policy with a Deny is to go, it matters what all others allow. */
export const policiesBeside = (deeds: readonly MendDeed[], role: MendedRole): readonly string[] =>
  deeds.some((deed) => takesDeny(deed, role))
    ? role.managedPolicyArns.filter((arn) => !Object.hasOwn(role.documents, arn))
    : [];

/**
 * A boundary first: on a role of grants IAM lets us write policies only while ours is there. Policies with a Deny last: what has gone by then
 * allows nothing that they deny.
 */
export const inOrder = (deeds: readonly MendDeed[], role: MendedRole): readonly MendDeed[] => {
  const place = (deed: MendDeed): number => (deed.do === 'boundary' ? 0 : takesDeny(deed, role) ? 2 : 1);
  return deeds.toSorted((a, b) => place(a) - place(b));
};

/** The role once a deed is done: the next one is proven against that. */
export const afterDeed = (deed: MendDeed, role: MendedRole): MendedRole => {
  switch (deed.do) {
    case 'trust':
      return { ...role, trust: deed.document };
    case 'detach':
      return { ...role, managedPolicyArns: role.managedPolicyArns.filter((arn) => arn !== deed.arn) };
    case 'delete-inline':
      return {
        ...role,
        inline: Object.fromEntries(Object.entries(role.inline).filter(([name]) => name !== deed.name)),
      };
    case 'put-inline':
      return { ...role, inline: { ...role.inline, [deed.name]: deed.document } };
    case 'boundary':
      return { ...role, boundaryArn: deed.arn };
  }
};

export const writeOf = (deed: MendDeed): RoleWrite => {
  switch (deed.do) {
    case 'trust':
      return { what: 'trust', document: deed.document };
    case 'put-inline':
      return { what: 'put-inline', name: deed.name, document: deed.document };
    case 'delete-inline':
      return { what: 'delete-inline', name: deed.name };
    default:
      return { what: deed.do, arn: deed.arn };
  }
};

/** The facet that a deed writes, as `wrote` has it. */
export const labelOf = (deed: MendDeed): string => {
  switch (deed.do) {
    case 'detach':
      return facet('attached', deed.arn);
    case 'delete-inline':
    case 'put-inline':
      return inlineFacet(deed.name);
    default:
      return deed.do;
  }
};

/** What IAM's answer means: `done` also when somebody was faster and took the same away. */
export const endOf = (deed: MendDeed, answer: Taken): 'done' | 'gone' | 'refused' => {
  if (answer.status === 'done') return 'done';
  if (answer.status !== 'gone') return 'refused';
  if (/role with name/i.test(answer.because)) return 'gone';
  return deed.do === 'detach' || deed.do === 'delete-inline' ? 'done' : 'refused';
};

type Going = Extract<MendDeed, { do: 'detach' | 'delete-inline' }>;

const refusedGoing = (deed: Going, role: MendedRole): string | undefined => {
  const document = goingOf(deed, role);
  if (document === undefined) return 'nobody could read it, and it may deny something';
  return isSessionDeny(document) ? HELD : liftedDeny(document, stayingOf(afterDeed(deed, role)));
};

const takesDeny = (deed: MendDeed, role: MendedRole): boolean => {
  const document = deed.do === 'detach' || deed.do === 'delete-inline' ? goingOf(deed, role) : undefined;
  return document !== undefined && denies(document);
};

const goingOf = (deed: Going, role: MendedRole): string | undefined =>
  deed.do === 'detach' ? role.documents[deed.arn] : inlineOf(role, deed.name);

const stayingOf = ({ managedPolicyArns, inline, documents }: MendedRole): readonly Staying[] => [
  ...managedPolicyArns.map((arn) => ({ name: arn, document: documents[arn] })),
  ...Object.entries(inline).map(([name, document]) => ({ name: `the inline policy ${name}`, document })),
];

const refusedReplacing = (document: string, there: string | undefined): string | undefined => {
  if (there === undefined) return 'there is none that could be replaced, and a new one gives';
  return isSessionDeny(there) ? HELD : moreIn(document, there);
};

const refusedBoundary = (arn: string, role: MendedRole, bounds: MendingBounds): string | undefined => {
  if (isOfGrants(role.arn, bounds)) {
    const ours = grantsBoundary(bounds);
    return arn === ours ? undefined : `a role of grants has ${ours}, and no other`;
  }
  const there = role.boundaryArn;
  // A boundary gives nothing: where there is none it can only take away.
  if (there === undefined) return undefined;
  const [after, before] = [role.documents[arn], role.documents[there]];
  if (after === undefined || before === undefined) return `nobody could read ${after === undefined ? arn : there}`;
  const more = moreIn(after, before);
  return more && `in the place of ${there}, ${more}`;
};

/** To the letter, under whatever name: what else is called so is judged as any policy. */
const isSessionDeny = (document: string): boolean => readDeny(denyText(document)) !== undefined;

const HELD = 'it is a session deny, which only its revocation replaces or lifts';

/** Own names only: `__proto__` is one like any other. */
const inlineOf = ({ inline }: WholeRole, name: string): string | undefined =>
  Object.hasOwn(inline, name) ? inline[name] : undefined;

const isSame = (a: string, b: string | undefined): boolean =>
  b !== undefined && (a === b || canonicalPolicy(a) === canonicalPolicy(b));
