/** One key a workload, for maps and for people. Pure. */
import type { Workload } from './contract.ts';

/** `Deployment/api`: unique within a namespace. */
export const workloadKey = ({ kind, name }: Workload): string => `${kind}/${name}`;
