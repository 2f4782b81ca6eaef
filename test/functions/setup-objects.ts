/** The objects of `infra/kubernetes`, as `kubectl apply -k` would send them. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type {
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1ValidatingAdmissionPolicy,
  V1ValidatingAdmissionPolicyBinding,
} from '@kubernetes/client-node';
import { parse, parseAllDocuments } from 'yaml';

const FOLDER = path.resolve(import.meta.dirname, '../../infra/kubernetes');
const text = (file: string): string => readFileSync(path.join(FOLDER, file), 'utf8');

type Manifest =
  | (V1ClusterRole & { kind: 'ClusterRole' })
  | (V1ClusterRoleBinding & { kind: 'ClusterRoleBinding' })
  | (V1ValidatingAdmissionPolicy & { kind: 'ValidatingAdmissionPolicy' })
  | (V1ValidatingAdmissionPolicyBinding & { kind: 'ValidatingAdmissionPolicyBinding' });

/** Each time new ones, to be changed. */
export const setupManifests = (): Manifest[] => {
  const { resources } = parse(text('kustomization.yaml')) as { resources: string[] };
  return resources.flatMap((file) => parseAllDocuments(text(file)).map((document) => document.toJS() as Manifest));
};

export const setupObjects = () => {
  const manifests = setupManifests();
  return {
    roles: manifests.filter((each) => each.kind === 'ClusterRole'),
    bindings: manifests.filter((each) => each.kind === 'ClusterRoleBinding'),
    policy: manifests.find((each) => each.kind === 'ValidatingAdmissionPolicy'),
    policyBinding: manifests.find((each) => each.kind === 'ValidatingAdmissionPolicyBinding'),
  };
};
