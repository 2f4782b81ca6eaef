/** The schema of EKS Auth's one operation: the SDK has no client for it here. Shapes as in the service's public model, 2023-11-26. */
import type { StaticErrorSchema, StaticOperationSchema, StaticStructureSchema } from '@smithy/types';

const NAMESPACE = 'com.amazonaws.eksauth';

// The SDK's bits for traits: 1 is httpLabel, 8 is sensitive. 0 is a string, 4 a timestamp; a structure's last number counts its required members.
const AssumeRoleForPodIdentityRequest$: StaticStructureSchema = [
  3,
  NAMESPACE,
  'AssumeRoleForPodIdentityRequest',
  0,
  ['clusterName', 'token'],
  [
    [0, 1],
    [0, 8],
  ],
  2,
];

const structure = (name: string, members: readonly string[]): StaticStructureSchema => [
  3,
  NAMESPACE,
  name,
  0,
  [...members],
  members.map(() => 0),
  members.length,
];

const Credentials$: StaticStructureSchema = [
  3,
  NAMESPACE,
  'Credentials',
  8,
  ['sessionToken', 'secretAccessKey', 'accessKeyId', 'expiration'],
  [0, 0, 0, 4],
  4,
];

const AssumeRoleForPodIdentityResponse$: StaticStructureSchema = [
  3,
  NAMESPACE,
  'AssumeRoleForPodIdentityResponse',
  0,
  ['subject', 'audience', 'podIdentityAssociation', 'assumedRoleUser', 'credentials'],
  [
    () => structure('Subject', ['namespace', 'serviceAccount']),
    0,
    () => structure('PodIdentityAssociation', ['associationArn', 'associationId']),
    () => structure('AssumedRoleUser', ['arn', 'assumeRoleId']),
    () => Credentials$,
  ],
  5,
];

export const AssumeRoleForPodIdentity$: StaticOperationSchema = [
  9,
  NAMESPACE,
  'AssumeRoleForPodIdentity',
  { http: ['POST', '/clusters/{clusterName}/assume-role-for-pod-identity', 200] },
  () => AssumeRoleForPodIdentityRequest$,
  () => AssumeRoleForPodIdentityResponse$,
];

const exception = (name: string, httpError: number): StaticErrorSchema => [
  -3,
  NAMESPACE,
  name,
  { error: httpError < 500 ? 'client' : 'server', httpError },
  ['message'],
  [0],
];

export const AccessDeniedException$ = exception('AccessDeniedException', 400);
export const ExpiredTokenException$ = exception('ExpiredTokenException', 400);
export const InvalidTokenException$ = exception('InvalidTokenException', 400);
export const InvalidParameterException$ = exception('InvalidParameterException', 400);
export const InvalidRequestException$ = exception('InvalidRequestException', 400);
export const InternalServerException$ = exception('InternalServerException', 500);
export const ServiceUnavailableException$ = exception('ServiceUnavailableException', 503);
export const ThrottlingException$ = exception('ThrottlingException', 429);
export const ResourceNotFoundException$ = exception('ResourceNotFoundException', 404);
