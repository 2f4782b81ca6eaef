/** What it means that what a role can do is otherwise: its policies, its boundary. */

import { linesOf, type Unit, unitsOf, unsaid } from '../../grants/statement-units.ts';
import { parseArn } from '../../partition.ts';
import { nameOf } from '../facets/index.ts';
import type { Rule } from './rule.ts';
import { nameOfObject, show, type Told, wishers } from './told.ts';

export const attachedRule: Rule = ({ facet, shouldBe, wanted }, { ref }) => {
  const arn = nameOf(facet);
  if (shouldBe !== null) {
    return [
      {
        reason: 'PolicyDetached',
        sentence: `${nameOfObject(ref)} lacks ${arn}, which ${wishers(wanted)} wants.`,
        witness: arn,
      },
    ];
  }
  const sentence = `${nameOfObject(ref)} has ${arn}, which nobody asked for.`;
  return [{ reason: 'PolicyAttached', sentence, witness: arn, ...(isAdministrators(arn) && { severity: 'critical' }) }];
};

/** AWS's own policies by which a role can give itself everything. */
const isAdministrators = (arn: string): boolean =>
  /^policy\/(AdministratorAccess|IAMFullAccess)$/.test(parseArn(arn)?.resource ?? '') &&
  parseArn(arn)?.account === 'aws';

/** Which version a policy has by default can't be seen from its absence here: that it was detached is said of `attached`. */
export const versionRule: Rule = ({ facet, is }, { ref }) => {
  const arn = nameOf(facet);
  if (is === null) return [];
  const sentence = `${nameOfObject(ref)} has ${arn}, which says something else than when it was accepted.`;
  const isAws = parseArn(arn)?.account === 'aws';
  // A managed policy is its owner's, and other roles may have it: nothing of ours writes it.
  return [{ reason: 'PolicyVersionChanged', sentence, witness: arn, shouldBe: is, ...(isAws && { severity: 'info' }) }];
};

export const boundaryRule: Rule = ({ is, shouldBe, wanted }, { ref }) =>
  is === null
    ? [
        {
          reason: 'BoundaryRemoved',
          sentence: `${nameOfObject(ref)} has no permissions boundary; ${wishers(wanted)} wants ${shouldBe}.`,
        },
      ]
    : [
        {
          reason: 'BoundaryChanged',
          sentence: `${nameOfObject(ref)} has the permissions boundary ${is}; ${wishers(wanted)} wants ${show(shouldBe)}.`,
          witness: is,
        },
      ];

export const inlineRule: Rule = ({ facet, is, shouldBe, wanted }, { ref }) => {
  const policy = `inline policy ${nameOf(facet)}`;
  const name = nameOfObject(ref);
  if (is === null) {
    const { severity } = judged([], unitsIn(shouldBe));
    const told: Told = {
      reason: 'InlinePolicyRemoved',
      sentence: `${name} lacks the ${policy}, which ${wishers(wanted)} wants.`,
    };
    return [severity === undefined ? told : { ...told, severity }];
  }
  if (shouldBe === null) {
    const { text, severity } = judged(unitsIn(is), []);
    return [
      {
        reason: 'InlinePolicyAdded',
        sentence: `${name} has an ${policy} that nobody asked for${text}.`,
        ...(severity && { severity }),
      },
    ];
  }
  return changedInline(`${name}, ${policy}:`, unitsIn(shouldBe), unitsIn(is));
};

const changedInline = (
  where: string,
  was: readonly Unit[] | undefined,
  is: readonly Unit[] | undefined,
): readonly Told[] => {
  if (was === undefined || is === undefined) {
    return [{ reason: 'InlinePolicyChanged', sentence: `${where} it is another one, and can’t be compared.` }];
  }
  const gains = [...unsaid(allows(is), allows(was)), ...unsaid(denies(was), denies(is))];
  const losses = [...unsaid(allows(was), allows(is)), ...unsaid(denies(is), denies(was))];
  // The same in other words.
  if (gains.length + losses.length === 0) return [];
  const [given, taken] = [sayings('given', gains), sayings('no longer given', losses)];
  const told: Told = { reason: 'InlinePolicyChanged', sentence: `${where} ${[...given, ...taken].join('; ')}.` };
  if (gains.length === 0) return [{ ...told, severity: 'warning' }];
  return [isEverything(gains) ? { ...told, severity: 'critical' } : told];
};

/** What an added policy gives, and how bad it is; of a removed one, whether it had denied something. */
const judged = (
  added: readonly Unit[] | undefined,
  removed: readonly Unit[] | undefined,
): Pick<Told, 'severity'> & { text: string } => {
  if (denies(removed ?? []).length > 0) return { text: '', severity: 'error' };
  const text = sayings('it gives', allows(added ?? [])).join('');
  return { text: text === '' ? '' : `: ${text}`, ...(isEverything(added ?? []) && { severity: 'critical' }) };
};

const isEverything = (units: readonly Unit[]): boolean =>
  units.some(
    ({ effect, action, resource, condition }) =>
      effect === 'Allow' && action === '*' && resource === '*' && condition === '',
  );

const sayings = (verb: string, units: readonly Unit[]): readonly string[] => {
  const lines = linesOf(units).map(({ effect, text }) => (effect === 'Deny' ? `the denial of ${text}` : text));
  return lines.length === 0 ? [] : [`${verb}: ${lines.join(', ')}`];
};

const allows = (units: readonly Unit[]): readonly Unit[] => units.filter(({ effect }) => effect === 'Allow');
const denies = (units: readonly Unit[]): readonly Unit[] => units.filter(({ effect }) => effect === 'Deny');

/** Undefined for a text that is no policy. */
const unitsIn = (text: string | null): readonly Unit[] | undefined => {
  try {
    return text === null ? [] : unitsOf(text);
  } catch {
    return undefined;
  }
};
