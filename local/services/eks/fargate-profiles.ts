/** Fargate profiles, as records: which pods EKS would run on Fargate. The local scheduler puts no pod there. */
import { randomUUID } from 'node:crypto';
import type {
  CreateFargateProfileCommandInput,
  DeleteFargateProfileCommandInput,
  DescribeFargateProfileCommandInput,
  FargateProfile as FargateProfileOutput,
  ListFargateProfilesCommandInput,
} from '@aws-sdk/client-eks';
import type { Ask, Call, Operation } from '../../contract.ts';
import { required } from '../../wire/check.ts';
import { passRole } from './association-rules.ts';
import {
  clusterNamed,
  eksPage,
  inUse,
  invalid,
  limitExceeded,
  notFound,
  onCluster,
  requestTags,
  tagMap,
} from './lookup.ts';
import { remember, repeated } from './repeated.ts';
import { type Cluster, clustersOf, type FargateProfile } from './state.ts';

type Answer = { fargateProfile: FargateProfileOutput };
type Named = { readonly clusterName?: string | undefined; readonly fargateProfileName?: string | undefined };

/** "Fargate profiles per cluster" and "Selectors per Fargate profile" (EKS service quotas). */
const MOST_PROFILES = 10;
const MOST_SELECTORS = 5;

export const CreateFargateProfile: Operation<CreateFargateProfileCommandInput, Answer> = {
  readOnly: false,
  asks: ({ clusterName, podExecutionRoleArn, tags }, call) => [
    onCluster('eks:CreateFargateProfile', requestTags(tags))(clusterName, call),
    ...passRole(call, required(podExecutionRoleArn), 'eks-fargate-pods.amazonaws.com'),
  ],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    const name = required(input.fargateProfileName);
    const before = repeated(cluster, 'CreateFargateProfile', input, (id) => cluster.fargateProfiles.get(id));
    if (before !== undefined) return { fargateProfile: shown(cluster, before) };
    if (cluster.fargateProfiles.has(name)) throw inUse(`Fargate Profile already exists with name ${name}.`);
    if (cluster.fargateProfiles.size >= MOST_PROFILES) throw limitExceeded('Fargate Profile limit exceeded.');
    const profile: FargateProfile = {
      name,
      arn: `${cluster.arn.replace(/:cluster\/.*$/, '')}:fargateprofile/${cluster.name}/${name}/${randomUUID()}`,
      podExecutionRoleArn: required(input.podExecutionRoleArn),
      subnets: input.subnets ?? [],
      selectors: selectorsOf(input.selectors),
      tags: tagMap(input.tags),
      createdAt: call.now,
    };
    cluster.fargateProfiles.set(name, profile);
    remember(cluster, 'CreateFargateProfile', input, name);
    return { fargateProfile: shown(cluster, profile) };
  },
};

export const DescribeFargateProfile: Operation<DescribeFargateProfileCommandInput, Answer> = {
  readOnly: true,
  asks: (input, call) => [onProfile('eks:DescribeFargateProfile', input, call)],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    return { fargateProfile: shown(cluster, profileNamed(cluster, input)) };
  },
};

export const ListFargateProfiles: Operation<
  ListFargateProfilesCommandInput,
  { fargateProfileNames: string[]; nextToken?: string }
> = {
  readOnly: true,
  asks: ({ clusterName }, call) => [onCluster('eks:ListFargateProfiles')(clusterName, call)],
  run: ({ clusterName, ...paging }, call) => {
    const page = eksPage(clusterNamed(call, clusterName).fargateProfiles.keys(), (name) => name, paging);
    return { fargateProfileNames: [...page.items], ...page.paging };
  },
};

export const DeleteFargateProfile: Operation<DeleteFargateProfileCommandInput, Answer> = {
  readOnly: false,
  asks: (input, call) => [onProfile('eks:DeleteFargateProfile', input, call)],
  run: (input, call) => {
    const cluster = clusterNamed(call, input.clusterName);
    const profile = profileNamed(cluster, input);
    cluster.fargateProfiles.delete(profile.name);
    return { fargateProfile: { ...shown(cluster, profile), status: 'DELETING' } };
  },
};

/** @throws ResourceNotFoundException */
const profileNamed = (cluster: Cluster, { fargateProfileName }: Named): FargateProfile => {
  const profile = cluster.fargateProfiles.get(required(fargateProfileName));
  if (profile !== undefined) return profile;
  throw notFound(`No Fargate Profile found with name: ${fargateProfileName}.`, { clusterName: cluster.name });
};

/** @throws InvalidParameterException */
const selectorsOf = (selectors: CreateFargateProfileCommandInput['selectors']): FargateProfile['selectors'] => {
  if (selectors === undefined || selectors.length === 0)
    throw invalid('Fargate Profile must have at least one selector.');
  if (selectors.length > MOST_SELECTORS) throw invalid(`A Fargate Profile can have ${MOST_SELECTORS} selectors.`);
  return selectors.map(({ namespace, labels = {} }) => {
    if (!namespace) throw invalid('The namespace of a selector must not be empty.');
    return { namespace, labels };
  });
};

const onProfile = (action: string, { clusterName, fargateProfileName }: Named, call: Call): Ask => {
  const known = clustersOf(call.cloud, call.account, call.region)
    .get(clusterName ?? '')
    ?.fargateProfiles.get(fargateProfileName ?? '');
  const wouldBe = `arn:${call.cloud.partition}:eks:${call.region}:${call.account}:fargateprofile/${clusterName}/${fargateProfileName}/none`;
  return { action, resource: known?.arn ?? wouldBe };
};

const shown = (
  cluster: Cluster,
  { name, arn, podExecutionRoleArn, subnets, selectors, tags, createdAt }: FargateProfile,
): FargateProfileOutput => ({
  fargateProfileName: name,
  fargateProfileArn: arn,
  clusterName: cluster.name,
  createdAt,
  podExecutionRoleArn,
  subnets: [...subnets],
  selectors: selectors.map(({ namespace, labels }) => ({ namespace, labels: { ...labels } })),
  status: 'ACTIVE',
  tags: Object.fromEntries(tags),
  health: { issues: [] },
});
