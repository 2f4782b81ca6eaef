/** The contract of clusters, on the embedded API; test/real runs it on a real kube-apiserver. */
import { contract } from './contract.ts';
import { start } from './harness.ts';

contract('the embedded API', (options) => start({ jobPodMillis: 20, ...options }));
