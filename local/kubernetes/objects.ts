/** The JSON shapes of Kubernetes' objects, as far as the server and its controllers look into them. */
import type { KindName } from './kinds.ts';

export type Labels = { [key: string]: string };

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

export type Metadata = {
  name: string;
  generateName?: string;
  /** Absent for kinds of the cluster's scope. */
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Labels;
  annotations?: Labels;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
};

/** Any stored object. Never changed in place: a write stores another one. */
export type KubeObject = { apiVersion: string; kind: string; metadata: Metadata };

export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
  lastProbeTime?: string | null;
  observedGeneration?: number;
};

export type LabelSelector = {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type EnvVar = { name: string; value?: string; valueFrom?: object };
export type VolumeMount = { name: string; mountPath: string; readOnly?: boolean };
export type Container = { name: string; image?: string; env?: EnvVar[]; volumeMounts?: VolumeMount[] };
export type ProjectedSource = {
  serviceAccountToken?: { audience?: string; expirationSeconds?: number; path: string };
  configMap?: object;
  downwardAPI?: object;
};
export type Volume = {
  name: string;
  projected?: { defaultMode?: number; sources?: ProjectedSource[] };
  persistentVolumeClaim?: { claimName: string };
};
export type Toleration = { key?: string; operator?: string; value?: string; effect?: string };

export type PodSpec = {
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
  serviceAccountName?: string;
  serviceAccount?: string;
  automountServiceAccountToken?: boolean;
  nodeName?: string;
  nodeSelector?: Labels;
  hostNetwork?: boolean;
  hostname?: string;
  subdomain?: string;
  restartPolicy?: string;
  terminationGracePeriodSeconds?: number;
  tolerations?: Toleration[];
};

export type ContainerStatus = {
  name: string;
  image: string;
  imageID: string;
  containerID?: string;
  ready: boolean;
  started: boolean;
  restartCount: number;
  state: {
    running?: { startedAt: string };
    waiting?: { reason: string };
    terminated?: { exitCode: number; reason: string };
  };
};

export type PodStatus = {
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  conditions?: Condition[];
  podIP?: string;
  podIPs?: { ip: string }[];
  hostIP?: string;
  hostIPs?: { ip: string }[];
  startTime?: string;
  qosClass?: string;
  reason?: string;
  containerStatuses?: ContainerStatus[];
  initContainerStatuses?: ContainerStatus[];
};

export type Pod = KubeObject & { spec: PodSpec; status: PodStatus };

export type PodTemplate = { metadata?: { labels?: Labels; annotations?: Labels }; spec: PodSpec };

/** An absolute number, or a percentage such as `25%`. */
export type IntOrPercent = number | string;

export type Deployment = KubeObject & {
  spec: {
    replicas: number;
    selector: LabelSelector;
    template: PodTemplate;
    strategy: { type: string; rollingUpdate?: { maxSurge: IntOrPercent; maxUnavailable: IntOrPercent } };
    paused?: boolean;
    minReadySeconds?: number;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
  };
  status: {
    observedGeneration?: number;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    unavailableReplicas?: number;
    conditions?: Condition[];
  };
};

export type ReplicaSet = KubeObject & {
  spec: { replicas: number; selector: LabelSelector; template: PodTemplate; minReadySeconds?: number };
  status: {
    observedGeneration?: number;
    replicas: number;
    fullyLabeledReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
  };
};

export type StatefulSet = KubeObject & {
  spec: {
    replicas: number;
    selector: LabelSelector;
    template: PodTemplate;
    serviceName?: string;
    podManagementPolicy?: string;
    updateStrategy: { type: string; rollingUpdate?: { partition?: number } };
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  status: {
    observedGeneration?: number;
    replicas: number;
    readyReplicas?: number;
    availableReplicas: number;
    currentReplicas?: number;
    updatedReplicas?: number;
    currentRevision?: string;
    updateRevision?: string;
    collisionCount?: number;
  };
};

export type DaemonSet = KubeObject & {
  spec: {
    selector: LabelSelector;
    template: PodTemplate;
    updateStrategy: { type: string; rollingUpdate?: { maxSurge?: IntOrPercent; maxUnavailable?: IntOrPercent } };
    minReadySeconds?: number;
    revisionHistoryLimit?: number;
  };
  status: {
    observedGeneration?: number;
    currentNumberScheduled: number;
    desiredNumberScheduled: number;
    numberMisscheduled: number;
    numberReady: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
    numberUnavailable?: number;
  };
};

export type ControllerRevision = KubeObject & { revision: number; data: { spec: { template: PodTemplate } } };

export type Job = KubeObject & {
  spec: {
    parallelism: number;
    completions?: number;
    backoffLimit: number;
    suspend?: boolean;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    selector: LabelSelector;
    template: PodTemplate;
  };
  status: {
    active?: number;
    ready?: number;
    failed?: number;
    succeeded?: number;
    terminating?: number;
    startTime?: string;
    completionTime?: string;
    conditions?: Condition[];
  };
};

export type CronJob = KubeObject & {
  spec: {
    schedule: string;
    timeZone?: string;
    suspend?: boolean;
    concurrencyPolicy?: string;
    startingDeadlineSeconds?: number;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: {
      metadata?: { labels?: Labels; annotations?: Labels };
      spec: { template: PodTemplate; selector?: LabelSelector };
    };
  };
  status: { active?: { name: string; uid: string }[]; lastScheduleTime?: string; lastSuccessfulTime?: string };
};

/** Argo's; `template` is absent where the rollout refers to a Deployment's. */
export type Rollout = KubeObject & {
  spec: {
    replicas?: number;
    selector?: LabelSelector;
    template?: PodTemplate;
    minReadySeconds?: number;
    restartAt?: string;
  };
  status?: {
    observedGeneration?: string;
    replicas?: number;
    updatedReplicas?: number;
    readyReplicas?: number;
    availableReplicas?: number;
    selector?: string;
    phase?: string;
    currentPodHash?: string;
    stableRS?: string;
    restartedAt?: string;
  };
};

export type PodDisruptionBudget = KubeObject & {
  spec: {
    minAvailable?: IntOrPercent;
    maxUnavailable?: IntOrPercent;
    selector?: LabelSelector;
    unhealthyPodEvictionPolicy?: string;
  };
  status: {
    observedGeneration?: number;
    disruptionsAllowed: number;
    currentHealthy: number;
    desiredHealthy: number;
    expectedPods: number;
    disruptedPods?: { [pod: string]: string };
    conditions?: Condition[];
  };
};

export type Node = KubeObject & {
  spec: { providerID?: string; unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[] };
  status: {
    addresses?: { type: string; address: string }[];
    conditions?: Condition[];
    nodeInfo?: { [field: string]: string };
  };
};

export type Namespace = KubeObject & { spec: { finalizers?: string[] }; status: { phase: string } };
export type ServiceAccount = KubeObject & { automountServiceAccountToken?: boolean; secrets?: object[] };
export type Secret = KubeObject & { type?: string; data?: { [key: string]: string }; stringData?: Labels };
export type ConfigMap = KubeObject & { data?: Labels; binaryData?: Labels };
export type Service = KubeObject & {
  spec: {
    type?: string;
    clusterIP?: string;
    externalIPs?: string[];
    ports?: { port: number; nodePort?: number; protocol?: string }[];
    selector?: Labels;
    externalName?: string;
  };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
};
export type Event = KubeObject & {
  involvedObject: { kind?: string; name?: string; namespace?: string; uid?: string; fieldPath?: string };
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  firstTimestamp?: string | null;
  lastTimestamp?: string | null;
  source?: { component?: string; host?: string };
};

export type PolicyRule = {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
};
export type Role = KubeObject & { rules?: PolicyRule[] | null };
export type ClusterRole = Role & { aggregationRule?: { clusterRoleSelectors?: LabelSelector[] } };
export type Subject = { kind: string; name: string; namespace?: string; apiGroup?: string };
export type RoleBinding = KubeObject & {
  roleRef: { apiGroup: string; kind: string; name: string };
  subjects?: Subject[];
};
export type Lease = KubeObject & { spec?: { holderIdentity?: string } };

export type PersistentVolumeClaim = KubeObject & {
  spec: { volumeName?: string; storageClassName?: string; volumeMode?: string; accessModes?: string[] };
  status: { phase?: string; capacity?: { storage?: string } };
};
export type ResourceQuota = KubeObject & { spec: { hard?: Labels }; status: { used?: Labels } };
export type Ingress = KubeObject & {
  spec: { ingressClassName?: string; rules?: { host?: string }[]; tls?: object[] };
};
export type NetworkPolicy = KubeObject & { spec: { podSelector?: LabelSelector } };
export type HorizontalPodAutoscaler = KubeObject & {
  spec: { scaleTargetRef: { kind: string; name: string }; minReplicas?: number; maxReplicas: number };
  status: { currentReplicas?: number };
};

/** The type behind each kind of the table, where the server looks into it. */
export type Typed = {
  namespaces: Namespace;
  nodes: Node;
  pods: Pod;
  serviceaccounts: ServiceAccount;
  configmaps: ConfigMap;
  secrets: Secret;
  services: Service;
  events: Event;
  deployments: Deployment;
  replicasets: ReplicaSet;
  statefulsets: StatefulSet;
  daemonsets: DaemonSet;
  controllerrevisions: ControllerRevision;
  jobs: Job;
  cronjobs: CronJob;
  rollouts: Rollout;
  poddisruptionbudgets: PodDisruptionBudget;
  roles: Role;
  rolebindings: RoleBinding;
  clusterroles: ClusterRole;
  clusterrolebindings: RoleBinding;
  leases: Lease;
  persistentvolumeclaims: PersistentVolumeClaim;
  resourcequotas: ResourceQuota;
  ingresses: Ingress;
  networkpolicies: NetworkPolicy;
  horizontalpodautoscalers: HorizontalPodAutoscaler;
  validatingadmissionpolicies: KubeObject & { spec?: { validations?: object[]; paramKind?: { kind: string } } };
  validatingadmissionpolicybindings: KubeObject & { spec?: { policyName?: string; paramRef?: { name?: string } } };
} & { [K in KindName]: KubeObject };

/** The one owner that manages an object. */
export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);

/** `namespace/name`, or the name alone at the cluster's scope. */
export const keyOf = (metadata: { namespace?: string; name: string }): string =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;

/** Whether a pod's condition Ready is true. */
export const isReady = (pod: Pod): boolean =>
  pod.status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false;

/** Neither finished nor on its way out: what controllers count. */
export const isActive = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';

/** A stored object as the type of its kind: the server has checked its fields against the kind's schema. */
export const typed = <K extends KindName>(_plural: K, object: KubeObject): Typed[K] => object as Typed[K];
