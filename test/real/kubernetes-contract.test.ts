/** The contract of clusters, on a real kube-apiserver. Needs KUBEBUILDER_ASSETS, and PODID_KUBERNETES_TOOLS or ../shared/tools/kubernetes. */
import { describe } from '@jest/globals';
import { realKubernetesTools, startRealCluster } from '../../local/kubernetes/real.ts';
import { contract } from '../local/kubernetes/contract.ts';
import { optionsOf } from '../local/kubernetes/harness.ts';

const tools = realKubernetesTools() ?? '';
const suite = tools === '' ? describe.skip : describe;

suite('clusters of real parts', () =>
  contract('a real kube-apiserver', async (options) => startRealCluster({ ...(await optionsOf(options)), tools })));
