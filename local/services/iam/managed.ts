/** AWS's own managed policies, as far as the functions and fleets of this project attach them. */
import { type PolicyVersion, type StoredPolicy, storedPolicy } from './state.ts';

export type AwsPolicy = {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  readonly version: PolicyVersion;
};

const allow = (actions: string | readonly string[], resource = '*') => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: actions, Resource: resource }],
});

/** By the part of the ARN after `policy`. Documents as published in the AWS managed policy reference. */
const DOCUMENTS: Readonly<Record<string, object>> = {
  '/AdministratorAccess': allow('*'),
  '/AWSDenyAll': {
    Version: '2012-10-17',
    Statement: [{ Sid: 'DenyAll', Effect: 'Deny', Action: ['*'], Resource: '*' }],
  },
  '/IAMReadOnlyAccess': allow([
    'iam:GenerateCredentialReport',
    'iam:GenerateServiceLastAccessedDetails',
    'iam:Get*',
    'iam:List*',
    'iam:SimulateCustomPolicy',
    'iam:SimulatePrincipalPolicy',
  ]),
  '/AmazonDynamoDBReadOnlyAccess': allow([
    'dynamodb:BatchGetItem',
    'dynamodb:Describe*',
    'dynamodb:List*',
    'dynamodb:GetItem',
    'dynamodb:Query',
    'dynamodb:Scan',
    'dynamodb:PartiQLSelect',
  ]),
  '/service-role/AWSLambdaBasicExecutionRole': allow([
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
  ]),
  '/service-role/AWSLambdaVPCAccessExecutionRole': allow([
    'logs:CreateLogGroup',
    'logs:CreateLogStream',
    'logs:PutLogEvents',
    'ec2:CreateNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:DeleteNetworkInterface',
    'ec2:AssignPrivateIpAddresses',
    'ec2:UnassignPrivateIpAddresses',
  ]),
  '/AWSXRayDaemonWriteAccess': allow([
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
    'xray:GetSamplingStatisticSummaries',
  ]),
  '/AmazonEKSWorkerNodePolicy': {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'WorkerNodePermissions',
        Effect: 'Allow',
        Action: [
          'ec2:DescribeInstances',
          'ec2:DescribeInstanceTypes',
          'ec2:DescribeRouteTables',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeVolumes',
          'ec2:DescribeVolumesModifications',
          'ec2:DescribeVpcs',
          'eks:DescribeCluster',
          'eks-auth:AssumeRoleForPodIdentity',
        ],
        Resource: '*',
      },
    ],
  },
  '/AmazonEKS_CNI_Policy': allow([
    'ec2:AssignPrivateIpAddresses',
    'ec2:AttachNetworkInterface',
    'ec2:DescribeInstances',
  ]),
  '/AmazonEC2ContainerRegistryReadOnly': allow([
    'ecr:GetAuthorizationToken',
    'ecr:BatchGetImage',
    'ecr:GetDownloadUrlForLayer',
  ]),
  '/AmazonEKSClusterPolicy': allow(['ec2:DescribeInstances', 'ec2:DescribeSubnets', 'ec2:DescribeVpcs']),
};

/** All of AWS's policies that are here. */
export const awsManagedPolicies = (partition: string): AwsPolicy[] =>
  Object.keys(DOCUMENTS)
    .map((suffix) => awsManagedPolicy(`arn:${partition}:iam::aws:policy${suffix}`))
    .filter((policy) => policy !== undefined);

const SINCE = new Date('2015-02-06T18:40:00Z');
const cache = new Map<string, AwsPolicy>();

/** The managed policy of an ARN in AWS's own account; undefined when it isn't one of those that are here. */
export const awsManagedPolicy = (arn: string): AwsPolicy | undefined => {
  const suffix = /^arn:[^:]+:iam::aws:policy(\/.+)$/.exec(arn)?.[1];
  const document = suffix === undefined || !Object.hasOwn(DOCUMENTS, suffix) ? undefined : DOCUMENTS[suffix];
  if (suffix === undefined || document === undefined) return undefined;
  const known = cache.get(arn);
  if (known !== undefined) return known;
  const stored: StoredPolicy = storedPolicy(arn, JSON.stringify(document));
  const slash = suffix.lastIndexOf('/');
  const policy = {
    arn,
    name: suffix.slice(slash + 1),
    path: suffix.slice(0, slash + 1),
    version: { ...stored, id: 'v1', createDate: SINCE },
  };
  cache.set(arn, policy);
  return policy;
};
