/** What it means that an association is otherwise. */
import { ANY_ID } from '../contract.ts';
import type { Question } from './question.ts';
import type { Rule, Rules } from './rule.ts';
import { tagRule } from './tag-rule.ts';
import { nameOfObject, show, type Told, wishers } from './told.ts';

const exists: Rule = ({ is, shouldBe, wanted }, question) => {
  const name = nameOfObject(question.ref);
  if (is === null) return [gone(question, name)];
  if (shouldBe !== null) {
    const sentence = `${name} was deleted and made again: it is ${is}, and was ${shouldBe}.`;
    return [{ reason: 'AssociationRecreated', sentence, shouldBe: is }];
  }
  const { role = 'a role', owner } = question.facets;
  if (owner !== undefined) return [];
  const why = wanted === undefined ? 'nobody was granted it' : `${wishers(wanted)} wants none`;
  return [
    {
      reason: 'AssociationOutsideGrant',
      sentence: `${name} gives ${role}, and ${why}.`,
      witness: is,
    },
  ];
};

/** By what is known of it, not by what an event says: the same problem must be the same finding with and without one. */
const gone = ({ wanted, facets }: Question, name: string): Told => {
  const id = wanted.get('exists')?.value ?? null;
  const by = wishers(wanted.get('exists'));
  if (facets.cluster !== undefined) {
    return {
      reason: 'AssociationGoneWithCluster',
      sentence: `${name} is gone with its cluster; ${by} wants it.`,
      shouldBe: null,
    };
  }
  const owner = wanted.get('owner')?.value ?? null;
  if (owner !== null) {
    return {
      reason: 'AssociationGoneWithAddOn',
      sentence: `${name} is gone; it belonged to ${owner}.`,
      shouldBe: null,
    };
  }
  return id === ANY_ID || id === null
    ? { reason: 'GrantWithoutAssociation', sentence: `${name} isn’t there, and ${by} wants it.` }
    : { reason: 'AssociationDeleted', sentence: `${name}, ${id}, was deleted, and ${by} wants it.` };
};

const changed =
  (reason: Told['reason'], what: string): Rule =>
  ({ is, shouldBe, wanted }, { ref }) => [
    {
      reason,
      sentence: `${nameOfObject(ref)} has ${what} ${show(is)}; ${wishers(wanted)} wants ${show(shouldBe)}.`,
      ...(is !== null && { witness: is }),
    },
  ];

const sessionTags: Rule = ({ is, wanted }, { ref }) => [
  {
    reason: is === 'off' ? 'SessionTagsDisabled' : 'SessionTagsEnabled',
    sentence: `${nameOfObject(ref)} has session tags ${is}; ${wishers(wanted)} wants them ${is === 'off' ? 'on' : 'off'}.`,
  },
];

export const ASSOCIATION_RULES: Rules = {
  exists,
  role: changed('AssociationRetargeted', 'the role'),
  target: changed('TargetRoleChanged', 'the target role'),
  'session-tags': sessionTags,
  policy: changed('SessionPolicyChanged', 'the session policy'),
  tag: tagRule,
};

/** What differs from nothing that anybody wants: an owner that is an add-on, and the end of what nobody had granted. */
export const associationBeside = (question: Question): readonly (Told & { readonly facet: string })[] => {
  const { ref, facets, before, wanted, isGone } = question;
  const name = nameOfObject(ref);
  if (isGone) {
    // What nobody wanted is missed by nobody, but its sessions live on.
    if (wanted.has('exists') || before.exists === undefined) return [];
    if (facets.cluster !== undefined) {
      return [{ facet: 'exists', reason: 'AssociationGoneWithCluster', sentence: `${name} is gone with its cluster.` }];
    }
    return before.owner === undefined
      ? []
      : [
          {
            facet: 'exists',
            reason: 'AssociationGoneWithAddOn',
            sentence: `${name} is gone; it belonged to ${before.owner}.`,
          },
        ];
  }
  const { owner } = facets;
  if (owner === undefined || wanted.get('owner')?.value === owner) return [];
  const exists = wanted.get('exists');
  const isWanted = exists !== undefined && exists.value !== null;
  return [
    {
      facet: 'owner',
      reason: 'AssociationOwnedByAddOn',
      sentence: `${name} belongs to ${owner}${isWanted ? `, and ${wishers(exists)} is about it, too` : ''}.`,
      witness: owner,
      ...(isWanted && { severity: 'warning' }),
    },
  ];
};
