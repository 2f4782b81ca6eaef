/** Whether one permissions policy in the place of another takes away only: proven by what both say, never guessed. Pure. */
import { linesOf, type Unit, unitsOf, unsaid } from '../grants/statement-units.ts';
import { PolicyMalformed, parsePolicy } from '../policy/index.ts';

/** Why `after` may not take the place of `before`, as a sentence; undefined when it allows nothing that `before` doesn't, and denies all that it does. */
export const moreIn = (after: string, before: string): string | undefined => {
  const [is, was] = [unitsIn(after), unitsIn(before)];
  if (typeof is === 'string') return `what it would say can't be judged: ${is}`;
  if (typeof was === 'string') return `what it says can't be judged: ${was}`;
  const gains = only('Allow', is).filter((unit) => !isSaid(unit, only('Allow', was)));
  if (gains.length > 0) return `it would give ${texts(gains)}`;
  const lifted = only('Deny', was).filter((unit) => !isSaid(unit, only('Deny', is)));
  return lifted.length > 0 ? `it would no longer deny ${texts(lifted)}` : undefined;
};

/** Or why they can't be told, as a sentence. */
const unitsIn = (document: string): readonly Unit[] | string => {
  try {
    const { statements } = parsePolicy(document, { kind: 'identity' });
    const names = statements.flatMap(({ actions, resources }) =>
      [...actions.patterns, ...(resources?.patterns ?? [])].map(({ source }) => source),
    );
    const unclear = names.find((name) => UNCLEAR.test(name));
    // Written anew, so that no escape hides what the units look for.
    return unclear === undefined ? unitsOf(JSON.stringify(JSON.parse(document))) : `${unclear} reads as several names`;
  } catch (error) {
    if (error instanceof PolicyMalformed || error instanceof SyntaxError) return error.message;
    throw error;
  }
};

/** A unit of a whole statement has its names as one sentence: one name may not look like that. */
const UNCLEAR = /, |^anything but /;

const only = (wanted: Unit['effect'], units: readonly Unit[]): readonly Unit[] =>
  units.filter(({ effect }) => effect === wanted);

const isSaid = (unit: Unit, by: readonly Unit[]): boolean =>
  unsaid(
    [unit],
    by.filter((each) => isComparable(each, unit)),
  ).length === 0;

/**
 * Which comparisons of two units prove something. What IAM puts in the place of a variable is not its text, and its wildcards stop at the colons
 * of an ARN's first five parts where a pattern's don't: there only the same text and `*` take in another.
 */
const isComparable = (wide: Unit, unit: Unit): boolean => {
  if (wide.action === '*' && wide.resource === '*') return true;
  if (wide.isWhole !== unit.isWhole) return false;
  if (wide.resource === '*' || wide.resource === unit.resource) return true;
  return !wide.isWhole && !unit.resource.includes('${') && !wide.resource.includes('${') && isOpenAtItsEnd(wide, unit);
};

/** The first five parts are the same text, and without wildcards: then those behind are one text that wildcards go through. */
const isOpenAtItsEnd = (wide: Unit, unit: Unit): boolean => {
  const [ours, theirs] = [wide.resource.split(':', 5).join(':'), unit.resource.split(':', 5).join(':')];
  return ours === theirs && !/[*?]/.test(ours);
};

const texts = (units: readonly Unit[]): string =>
  linesOf(units)
    .map(({ text }) => text)
    .join('; ');
