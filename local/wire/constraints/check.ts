/** Refuses inputs that break the constraints of AWS's models, in the words of each service. */
import type { Service } from '../../contract.ts';
import { type ApiError, modelledError, refusal } from '../errors.ts';
import type { Rule } from './table.ts';
import { type Violation, violationsOf } from './violations.ts';

/**
 * Lengths, ranges, patterns and enumerations of an input that has its types and required members.
 * @throws ValidationException (Query: ValidationError), or what else the service calls it
 */
export const checkConstraints = (service: Service, operation: string, input: object): void => {
  const violations = violationsOf(service.scope, operation, input);
  const [first] = violations;
  if (first === undefined) return;
  throw REFUSALS[service.scope]?.(service, first) ?? validationError(service, violations);
};

/** Services that don't speak as the common validation does: of several violations they tell the first. */
const REFUSALS: Readonly<Record<string, (service: Service, violation: Violation) => Error | undefined>> = {
  eks: (service, violation) => modelledError(service, 'InvalidParameterException', eksWords(violation)),
  'eks-auth': (service, violation) => modelledError(service, 'InvalidParameterException', eksWords(violation)),
  // The Query API's old sentence, which SQS kept: `Unknown Attribute Nonsense.`
  sqs: (service, { value, broken }) =>
    broken === 'enum' ? modelledError(service, 'InvalidAttributeName', `Unknown Attribute ${value}.`) : undefined,
};

const validationError = ({ protocol }: Service, violations: readonly Violation[]): ApiError => {
  const count = violations.length === 1 ? '1 validation error' : `${violations.length} validation errors`;
  return refusal(protocol, 'invalid', `${count} detected: ${violations.map(sentence).join('; ')}`);
};

const sentence = ({ place, value, rule, broken }: Violation): string =>
  `Value ${rule.sensitive ? '' : `'${shown(value)}' `}at '${place}' failed to satisfy constraint: Member must ${MUST[broken](rule)}`;

const MUST: Record<Violation['broken'], (rule: Rule) => string> = {
  minLength: ({ minLength }) => `have length greater than or equal to ${minLength}`,
  maxLength: ({ maxLength }) => `have length less than or equal to ${maxLength}`,
  minimum: ({ minimum }) => `have value greater than or equal to ${minimum}`,
  maximum: ({ maximum }) => `have value less than or equal to ${maximum}`,
  pattern: ({ pattern }) => `satisfy regular expression pattern: ${pattern}`,
  enum: (rule) => `satisfy enum value set: [${rule.enum?.join(', ')}]`,
};

/** EKS's sentence about characters is known (surajincloud/kubectl-eks issue 72), and the form of the one about lengths; the others are in their manner. */
const eksWords = ({ place, value, rule, broken }: Violation): string => {
  if (broken === 'pattern') {
    return `The ${place} parameter contains invalid characters. It should conform to the regular expression "${rule.pattern}"`;
  }
  if (broken === 'enum') return `${place} must be one of [${rule.enum?.join(', ')}], not ${value}.`;
  if (broken === 'minimum' || broken === 'maximum') {
    return `${place} must be between ${rule.minimum} and ${rule.maximum}, not ${value}.`;
  }
  return `The parameter ${place} should be between ${rule.minLength ?? 0} and ${rule.maxLength} characters long.`;
};

const shown = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};
