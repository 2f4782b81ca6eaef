/** Changes for principals that no universe of reach holds: users, other services, SAML. By value, so that no change is silent. */
import { parseArn } from '../../partition.ts';
import type { Condition } from '../../policy/condition.ts';
import type { PolicyDocument, Statement } from '../../policy/index.ts';
import { compileGlob, globMatches, symbolsOf } from '../../policy/pattern.ts';
import type { PrincipalElement } from '../../policy/principal.ts';
import { PODS } from '../reach/index.ts';

/** A principal as a statement names it; an account by its number, whichever way it was written. */
export type OtherPrincipal = { readonly kind: 'AWS' | 'Service' | 'Federated' | 'NotPrincipal'; readonly name: string };

/** What one statement says to one principal about one action. */
export type Clause = {
  readonly principal: OtherPrincipal;
  readonly effect: Statement['effect'];
  readonly action: string;
  /** In one order and one form, so that equal ones are equal texts. */
  readonly conditions: readonly string[];
};

/**
 * What was added to a policy that could let others than pods in, by value: Allow clauses that no clause of before
 * covers, and Deny clauses that no clause of after covers any more. Whether the rest says the same in other words is
 * not asked.
 */
export const widenedFor = (before: PolicyDocument, after: PolicyDocument): readonly Clause[] => {
  const [was, is] = [clausesOf(before), clausesOf(after)];
  const news = is.filter((clause) => clause.effect === 'Allow' && !was.some((each) => covers(each, clause)));
  const gone = was.filter((clause) => clause.effect === 'Deny' && !is.some((each) => covers(each, clause)));
  return [...news, ...gone];
};

/** `Service ec2.amazonaws.com: allowed sts:AssumeRole where StringEquals aws:SourceAccount "111122223333"`. */
export const showClause = ({ principal, effect, action, conditions }: Clause): string => {
  const verb = effect === 'Allow' ? 'allowed' : 'denied';
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  return `${principal.kind} ${principal.name}: ${verb} ${action}${where}`;
};

const clausesOf = ({ statements }: PolicyDocument): readonly Clause[] =>
  statements.flatMap(({ effect, principal, actions, conditions }) => {
    const texts = conditions.flatMap(conditionText).toSorted();
    const patterns = actions.patterns.map(({ source }) => source);
    const names = actions.negated ? [`all but ${patterns.toSorted().join(', ')}`] : patterns;
    const principals = principal === undefined ? [] : principalsOf(principal);
    return principals.flatMap((each) =>
      names.map((action) => ({ principal: each, effect, action, conditions: texts })),
    );
  });

const principalsOf = (element: PrincipalElement): readonly OtherPrincipal[] => {
  const { negated, aws, accounts, services, federated } = element;
  const accountIds = [...new Set([...accounts].map((name) => parseArn(name)?.account ?? name))];
  const others: OtherPrincipal[] = [
    ...[...aws].map((name) => ({ kind: 'AWS', name }) as const),
    ...accountIds.map((name) => ({ kind: 'AWS', name }) as const),
    ...[...services].filter((name) => negated || name !== PODS).map((name) => ({ kind: 'Service', name }) as const),
    ...[...federated].map((name) => ({ kind: 'Federated', name }) as const),
  ];
  if (!negated) return others;
  return [
    {
      kind: 'NotPrincipal',
      name: others
        .map(({ kind, name }) => `${kind} ${name}`)
        .toSorted()
        .join(', '),
    },
  ];
};

/** A condition that takes nobody but pods out says nothing to others. */
const conditionText = ({ operator, key, values }: Condition): readonly string[] => {
  const isOfService = operator === 'StringNotEquals' && key.toLowerCase() === 'aws:principalservicename';
  const kept = [...new Set(values)].filter((value) => !isOfService || value !== PODS).toSorted();
  if (isOfService && kept.length === 0) return [];
  return [`${operator} ${key.toLowerCase()} ${kept.map((value) => JSON.stringify(value)).join(' or ')}`];
};

/** Whether the first applies wherever the second does. */
const covers = (wide: Clause, narrow: Clause): boolean =>
  wide.effect === narrow.effect &&
  coversPrincipal(wide.principal, narrow.principal) &&
  coversAction(wide.action, narrow.action) &&
  wide.conditions.every((condition) => narrow.conditions.includes(condition));

/** `{"AWS": "*"}` is everybody. */
const coversPrincipal = (wide: OtherPrincipal, narrow: OtherPrincipal): boolean =>
  narrow.kind === 'NotPrincipal' || wide.kind === 'NotPrincipal'
    ? wide.kind === narrow.kind && wide.name === narrow.name
    : wide.name === '*'
      ? wide.kind === 'AWS' || wide.kind === narrow.kind
      : wide.kind === narrow.kind && wide.name === narrow.name;

const coversAction = (wide: string, narrow: string): boolean =>
  wide === narrow ||
  (!wide.includes(' ') &&
    !/[ *?]/.test(narrow) &&
    globMatches(compileGlob(symbolsOf(wide.toLowerCase(), true)), narrow.toLowerCase()));
