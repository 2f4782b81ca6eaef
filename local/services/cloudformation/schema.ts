/** The schema of CloudFormation's ListStacks: the SDK's client isn't among our packages. Shapes as in the service's public model, 2010-05-15. */
import type { StaticListSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

const NAMESPACE = 'com.amazonaws.cloudformation';

// The SDK's numbers: 0 is a string, 64 + 0 a list of them; a structure's last number counts its required members, which come first.
const STRINGS = 64;

const StackSummary: StaticStructureSchema = [
  3,
  NAMESPACE,
  'StackSummary',
  0,
  ['StackName', 'StackStatus', 'StackId'],
  [0, 0, 0],
  2,
];
const StackSummaries: StaticListSchema = [1, NAMESPACE, 'StackSummaries', 0, () => StackSummary];

const ListStacksInput: StaticStructureSchema = [
  3,
  NAMESPACE,
  'ListStacksInput',
  0,
  ['NextToken', 'StackStatusFilter'],
  [0, STRINGS],
  0,
];
const ListStacksOutput: StaticStructureSchema = [
  3,
  NAMESPACE,
  'ListStacksOutput',
  0,
  ['StackSummaries', 'NextToken'],
  [() => StackSummaries, 0],
  0,
];

export const ListStacks$: StaticOperationSchema = [
  9,
  NAMESPACE,
  'ListStacks',
  0,
  () => ListStacksInput,
  () => ListStacksOutput,
];
