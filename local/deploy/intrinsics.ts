/** CloudFormation's intrinsic functions, resolved against what has been deployed so far. Pure. */

/** A template can't be deployed here: which resource, and why. */
export class TemplateUnsupported extends Error {
  override readonly name = 'TemplateUnsupported';
}

/** What a deployed resource answers to `Ref` and `Fn::GetAtt`. */
export type Deployed = { readonly ref: string; readonly attributes: Readonly<Record<string, string>> };

export type Scope = {
  readonly account: string;
  readonly region: string;
  readonly partition: string;
  readonly dnsSuffix: string;
  readonly stack: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Conditions by name, as the template writes them. */
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly deployed: ReadonlyMap<string, Deployed>;
};

/** `AWS::NoValue`: the property is left out. */
const NO_VALUE = Symbol('AWS::NoValue');

/**
 * A value with every intrinsic replaced.
 * @throws TemplateUnsupported for a reference to nothing, and for functions that aren't here
 */
export const resolve = (value: unknown, scope: Scope): unknown => {
  const resolved = resolveAny(value, scope);
  return resolved === NO_VALUE ? undefined : resolved;
};

/** Whether a condition of the template holds. @throws TemplateUnsupported */
export const holds = (name: string, scope: Scope): boolean => {
  if (!(name in scope.conditions)) throw new TemplateUnsupported(`there is no condition ${name}`);
  return conditionOf(scope.conditions[name], scope);
};

/** The logical ids that a value refers to: what has to be deployed before. */
export const referencesOf = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(referencesOf);
  if (!isObject(value)) return [];
  const [name, argument] = intrinsicOf(value) ?? [];
  if (name === 'Ref') return [String(argument)];
  if (name === 'Fn::GetAtt') return [String(Array.isArray(argument) ? argument[0] : String(argument).split('.')[0])];
  if (name === 'Fn::Sub') {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const names = [...String(text).matchAll(PLACEHOLDER)].map(
      ([, placeholder = '']) => placeholder.split('.')[0] ?? '',
    );
    return [...names, ...referencesOf(variables)];
  }
  return Object.values(value).flatMap(referencesOf);
};

const PLACEHOLDER = /\$\{([^!}][^}]*)\}/g;

const resolveAny = (value: unknown, scope: Scope): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolveAny(item, scope)).filter((item) => item !== NO_VALUE);
  if (!isObject(value)) return value;
  const [name, argument] = intrinsicOf(value) ?? [];
  if (name !== undefined) return callIntrinsic(name, argument, scope);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, resolveAny(item, scope)] as const)
      .filter(([, item]) => item !== NO_VALUE),
  );
};

const intrinsicOf = (value: Record<string, unknown>): [string, unknown] | undefined => {
  const [entry, ...others] = Object.entries(value);
  const isIntrinsic = others.length === 0 && entry !== undefined && (entry[0] === 'Ref' || entry[0].startsWith('Fn::'));
  return isIntrinsic ? entry : undefined;
};

const callIntrinsic = (name: string, argument: unknown, scope: Scope): unknown => {
  switch (name) {
    case 'Ref':
      return refer(String(argument), scope);
    case 'Fn::GetAtt': {
      const [id = '', ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
      return attribute(id, path.join('.'), scope);
    }
    case 'Fn::Sub':
      return substitute(argument, scope);
    case 'Fn::Join': {
      const [separator, items] = listOf(argument, name);
      return listOf(resolveAny(items, scope), name).map(String).join(String(separator));
    }
    case 'Fn::Select': {
      const [index, items] = listOf(argument, name);
      const item = listOf(resolveAny(items, scope), name)[Number(index)];
      if (item === undefined) throw new TemplateUnsupported(`Fn::Select asks for item ${index}, which isn't there`);
      return item;
    }
    case 'Fn::Split': {
      const [separator, text] = listOf(argument, name);
      return String(resolveAny(text, scope)).split(String(separator));
    }
    case 'Fn::If': {
      const [condition, yes, no] = listOf(argument, name);
      return resolveAny(holds(String(condition), scope) ? yes : no, scope);
    }
    default:
      throw new TemplateUnsupported(`${name} is not supported by the local cloud`);
  }
};

const conditionOf = (condition: unknown, scope: Scope): boolean => {
  if (!isObject(condition))
    throw new TemplateUnsupported(`a condition must be a function, not ${JSON.stringify(condition)}`);
  const [name = '', argument] = Object.entries(condition)[0] ?? [];
  switch (name) {
    case 'Fn::Equals': {
      const [a, b] = listOf(argument, name);
      return resolveAny(a, scope) === resolveAny(b, scope);
    }
    case 'Fn::Not':
      return !listOf(argument, name).some((item) => conditionOf(item, scope));
    case 'Fn::And':
      return listOf(argument, name).every((item) => conditionOf(item, scope));
    case 'Fn::Or':
      return listOf(argument, name).some((item) => conditionOf(item, scope));
    case 'Condition':
      return holds(String(argument), scope);
    default:
      throw new TemplateUnsupported(`the condition function ${name} is not supported by the local cloud`);
  }
};

const refer = (id: string, scope: Scope): unknown => {
  const pseudo: Record<string, string | symbol> = {
    'AWS::AccountId': scope.account,
    'AWS::Region': scope.region,
    'AWS::Partition': scope.partition,
    'AWS::URLSuffix': scope.dnsSuffix,
    'AWS::StackName': scope.stack,
    'AWS::NoValue': NO_VALUE,
  };
  const found = pseudo[id] ?? scope.parameters[id] ?? scope.deployed.get(id)?.ref;
  if (found === undefined) throw new TemplateUnsupported(`Ref to ${id}, which is not in the template`);
  return found;
};

const attribute = (id: string, name: string, scope: Scope): string => {
  const found = scope.deployed.get(id)?.attributes[name];
  if (found === undefined) throw new TemplateUnsupported(`Fn::GetAtt ${id}.${name} is not known to the local cloud`);
  return found;
};

const substitute = (argument: unknown, scope: Scope): string => {
  const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
  const own = isObject(variables) ? variables : {};
  return String(text)
    .replaceAll(PLACEHOLDER, (_, name: string) => {
      if (name in own) return String(resolveAny(own[name], scope));
      const [id = '', ...path] = name.split('.');
      return path.length === 0 ? String(refer(id, scope)) : attribute(id, path.join('.'), scope);
    })
    .replaceAll(/\$\{!([^}]*)\}/g, (_, literal: string) => `\${${literal}}`);
};

const listOf = (value: unknown, name: string): unknown[] => {
  if (!Array.isArray(value)) throw new TemplateUnsupported(`${name} takes a list, not ${JSON.stringify(value)}`);
  return value;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
