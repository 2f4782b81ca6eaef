/** Whether pods of a namespace run on Fargate, where there is no Pod Identity agent. Pure. */
import type { FargateSelector } from '../../aws/eks-fargate.ts';
import { compileGlob, globMatches, symbolsOf } from '../../policy/pattern.ts';

/** `all`: a selector takes the whole namespace. `some`: one takes those of its pods that bear its labels. */
export const fargateIn = (namespace: string, selectors: readonly FargateSelector[]): 'all' | 'some' | 'none' => {
  const matching = selectors.filter((selector) =>
    globMatches(compileGlob(symbolsOf(selector.namespace, true)), namespace),
  );
  if (matching.length === 0) return 'none';
  return matching.some(({ labels }) => Object.keys(labels).length === 0) ? 'all' : 'some';
};
