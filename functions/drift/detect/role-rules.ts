/** What it means that a role is otherwise. */
import { isCutAlready, readDeny } from '../../abac/session-deny.ts';
import { nameOf } from '../facets/index.ts';
import { attachedRule, boundaryRule, inlineRule, versionRule } from './permission-rules.ts';
import type { Rule, Rules } from './rule.ts';
import { tagRule } from './tag-rule.ts';
import { nameOfObject, wishers } from './told.ts';
import { trustRule } from './trust-rule.ts';

const exists: Rule = ({ is, shouldBe, wanted }, { ref }) =>
  is === null
    ? [{ reason: 'RoleDeleted', sentence: `${nameOfObject(ref)} isn’t there, and ${wishers(wanted)} wants it.` }]
    : [
        {
          reason: 'RoleRecreated',
          sentence: `${nameOfObject(ref)} was deleted and made again: it is ${is}, and was ${shouldBe}. Whoever named the old one names nobody now.`,
          witness: is,
        },
      ];

const deny: Rule = ({ facet, is, shouldBe, wanted }, { ref }) => {
  const policy = `session deny ${nameOf(facet)}`;
  if (shouldBe === null) {
    const harmless = readDeny(is ?? '') !== undefined;
    return harmless
      ? [
          {
            reason: 'SessionDenyLeftOver',
            sentence: `${nameOfObject(ref)} has the ${policy}, which no revocation wants.`,
            shouldBe: is,
          },
        ]
      : [
          {
            reason: 'PolicyInDisguise',
            sentence: `${nameOfObject(ref)} has an inline policy ${nameOf(facet)}, which is called as our session denies are and is none.`,
            witness: nameOf(facet),
          },
        ];
  }
  if (is === null) {
    return [
      { reason: 'SessionDenyRemoved', sentence: `${nameOfObject(ref)} lacks the ${policy} of ${wishers(wanted)}.` },
    ];
  }
  const [standing, asked] = [readDeny(is), readDeny(shouldBe)];
  if (standing !== undefined && asked !== undefined && isCutAlready(standing, asked)) return [];
  return [
    {
      reason: 'SessionDenyChanged',
      sentence: `${nameOfObject(ref)} has another ${policy} than ${wishers(wanted)} wants.`,
    },
  ];
};

export const ROLE_RULES: Rules = {
  exists,
  trust: trustRule,
  inline: inlineRule,
  attached: attachedRule,
  version: versionRule,
  boundary: boundaryRule,
  tag: tagRule,
  deny,
};
