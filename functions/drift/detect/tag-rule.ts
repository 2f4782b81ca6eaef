/** What it means that a tag is otherwise. */
import { nameOf } from '../facets/index.ts';
import type { Rule } from './rule.ts';
import { nameOfObject, show, wishers } from './told.ts';

export const tagRule: Rule = ({ facet, is, shouldBe, wanted }, { ref }) => {
  const key = nameOf(facet);
  if (shouldBe !== null) {
    const sentence = `${nameOfObject(ref)} has tag ${key} as ${show(is)}; ${wishers(wanted)} wants ${shouldBe}.`;
    return [{ reason: 'TagsRemoved', sentence }];
  }
  // AWS's own: nobody else can set or remove them (IAM guide, "Tagging conventions").
  if (key.startsWith('aws:')) return [];
  return [{ reason: 'TagAdded', sentence: `${nameOfObject(ref)} has a tag ${key} that nobody asked for.` }];
};
