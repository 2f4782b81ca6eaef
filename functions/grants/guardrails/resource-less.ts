/** Actions that know no resources, so that `*` is all that a policy can say. */
import { ACTIONS_WITHOUT_RESOURCES } from './actions-without-resources.ts';

/**
 * Whether the action, named without wildcards and in lower case, can be limited to resources. What the list doesn't have can, until it is
 * known better.
 */
export const knowsResources = (action: string): boolean => {
  const [service = '', name = ''] = action.split(':', 2);
  return !(WITHOUT.get(service)?.has(name) ?? false);
};

const WITHOUT: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  ACTIONS_WITHOUT_RESOURCES.toLowerCase()
    .trim()
    .split('\n')
    .map((line) => {
      const [service = '', ...names] = line.split(' ');
      return [service, new Set(names)];
    }),
);
