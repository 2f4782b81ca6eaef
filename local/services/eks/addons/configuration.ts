/** Configuration values of add-ons: the schemas that DescribeAddonConfiguration gives, and the check against them. */
import { parse } from 'yaml';
import { invalid } from '../lookup.ts';
import { AGENT } from './catalog.ts';

export type Schema = {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
};

type Values = Readonly<Record<string, unknown>>;

const closed = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
});
const object: Schema = { type: 'object' };

/** The agent's, by the values of its chart that mean something here (github.com/aws/eks-pod-identity-agent, charts). */
const AGENT_SCHEMA = closed({
  affinity: object,
  agent: closed({ additionalArgs: object }),
  daemonsets: closed({
    cloud: closed({ create: { type: 'boolean' } }),
    hybrid: closed({ create: { type: 'boolean' } }),
    'hybrid-bottlerocket': closed({ create: { type: 'boolean' } }),
  }),
  nodeSelector: object,
  podAnnotations: object,
  podLabels: object,
  resources: object,
  tolerations: { type: 'array' },
});

/** A JSON schema. Other add-ons have no software here, and theirs takes any object. */
export const configurationSchema = (addonName: string): Schema & { readonly $schema: string } => ({
  $schema: 'http://json-schema.org/draft-06/schema#',
  ...(addonName === AGENT ? AGENT_SCHEMA : object),
});

/**
 * JSON or YAML, as an object.
 * @throws InvalidParameterException in EKS's words (aws/eks-hybrid pull request 763)
 */
export const configurationOf = (addonName: string, text: string | undefined): Values => {
  if (text === undefined || text === '') return {};
  const refuse = (why: string) =>
    invalid(`ConfigurationValue provided in request is not supported: ${why}`, { addonName });
  let values: unknown;
  try {
    values = parse(text);
  } catch (error) {
    throw refuse(`it is neither JSON nor YAML: ${error instanceof Error ? error.message : error}`);
  }
  const problems = problemsOf(configurationSchema(addonName), values, '$');
  if (problems.length > 0) throw refuse(`Json schema validation failed with error: [${problems.join(', ')}]`);
  return values as Values;
};

const problemsOf = (schema: Schema, value: unknown, path: string): string[] => {
  const found = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value;
  if (schema.type !== undefined && found !== schema.type) return [`${path}: ${found} found, ${schema.type} expected`];
  if (schema.type !== 'object' || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const known = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined;
    if (known !== undefined) return problemsOf(known, part, `${path}.${key}`);
    if (schema.additionalProperties !== false) return [];
    return [`${path}.${key}: is not defined in the schema and the schema does not allow additional properties`];
  });
};
