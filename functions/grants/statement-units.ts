/** A permissions policy as what it says one by one, so that two policies can be compared without regard to how they are written. */
import { compileGlob, globMatches, symbolsOf } from '../policy/pattern.ts';

/** One action on one resource; or a whole statement, where it can't be taken apart. */
export type Unit = {
  readonly effect: 'Allow' | 'Deny';
  readonly action: string;
  readonly resource: string;
  /** The Condition element as JSON with its keys in order; empty without one. */
  readonly condition: string;
  /** Action and resource are sentences, not patterns: lists, or `anything but …`. */
  readonly isWhole: boolean;
};

/** Each unit by itself is what IAM would make of the policy, taken together: a list of actions on a list of resources is all their pairs. */
export const unitsOf = (policyText: string): readonly Unit[] => {
  const policy: { Version?: unknown; Statement?: unknown } = JSON.parse(policyText);
  // What is a variable in the newer version is plain text in the older one: it is escaped, as it would have to be there.
  const { Statement } = policy.Version === '2012-10-17' ? policy : JSON.parse(policyText.replaceAll('${', `\${$}{`));
  return listOf(Statement).flatMap((statement) => (isObject(statement) ? unitsIn(statement) : []));
};

/** The units of `a` that `b` does not say, in the same or in wider words. */
export const unsaid = (a: readonly Unit[], b: readonly Unit[]): readonly Unit[] => {
  const said = new Set(b.map(keyOf));
  const wide = b.filter((unit) => isWide(unit));
  return a.filter((unit) => !said.has(keyOf(unit)) && !wide.some((wider) => covers(wider, unit)));
};

/** For people, the same effect, resource and condition in one line. @example `s3:GetObject, s3:PutObject on arn:…` */
export const linesOf = (
  units: readonly Unit[],
): readonly { readonly effect: Unit['effect']; readonly text: string }[] => {
  const groups = Map.groupBy(units, ({ effect, resource, condition }) => JSON.stringify([effect, resource, condition]));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const actions = [...new Set(group.map(({ action }) => action))].toSorted().join(', ');
    const { effect, resource, condition } = first;
    return [{ effect, text: `${actions} on ${resource}${condition === '' ? '' : ` when ${condition}`}` }];
  });
};

/** More pairs than this are not taken apart: the statement is compared as a whole. */
const MOST_PAIRS = 2000;

const unitsIn = (statement: Readonly<Record<string, unknown>>): readonly Unit[] => {
  const effect = statement.Effect === 'Deny' ? ('Deny' as const) : ('Allow' as const);
  const condition = statement.Condition === undefined ? '' : canonical(statement.Condition);
  const actions = textsOf(statement.Action);
  const resources = textsOf(statement.Resource);
  const pairs = actions.length * resources.length;
  if (pairs > 0 && pairs <= MOST_PAIRS) {
    return actions.flatMap((action) =>
      resources.map((resource) => ({ effect, action, resource, condition, isWhole: false })),
    );
  }
  const whole = (name: 'Action' | 'Resource'): string => {
    const [plain, negated] = [textsOf(statement[name]), textsOf(statement[`Not${name}`])];
    return plain.length > 0 ? plain.toSorted().join(', ') : `anything but ${negated.toSorted().join(', ')}`;
  };
  return [{ effect, action: whole('Action'), resource: whole('Resource'), condition, isWhole: true }];
};

// Actions are the same in any case (IAM guide, "Action").
const keyOf = ({ effect, action, resource, condition }: Unit): string =>
  JSON.stringify([effect, action.toLowerCase(), resource, condition]);

const isWide = ({ action, resource, condition }: Unit): boolean => condition === '' || /[*?]/.test(action + resource);

const covers = (wider: Unit, unit: Unit): boolean => {
  if (wider.effect !== unit.effect) return false;
  if (wider.condition !== '' && wider.condition !== unit.condition) return false;
  const coversField = wider.isWhole || unit.isWhole ? coversWhole : coversText;
  return (
    coversField(wider.action.toLowerCase(), unit.action.toLowerCase()) && coversField(wider.resource, unit.resource)
  );
};

const coversWhole = (wider: string, text: string): boolean => wider === '*' || wider === text;

/** `*` takes in whatever stands there, wildcards too; `?` takes in one character, and a `*` is not one. */
const coversText = (pattern: string, text: string): boolean =>
  pattern === text ||
  (!(pattern.includes('?') && text.includes('*')) && globMatches(compileGlob(symbolsOf(pattern, true)), text));

/** The order of keys and of the values in a list means nothing in a Condition, nor does a list of one. */
const canonical = (value: unknown): string => JSON.stringify(ordered(value));

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const [only] = value;
    return value.length === 1 ? ordered(only) : value.map(ordered).toSorted();
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, ordered(member)]));
};

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
const textsOf = (value: unknown): readonly string[] => listOf(value).filter((each) => typeof each === 'string');
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
