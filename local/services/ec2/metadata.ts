/** Instance metadata, version 2: what a node answers on 169.254.169.254, here under `/instances/REGION/INSTANCE`. */
import { randomBytes } from 'node:crypto';
import type { Cloud } from '../../contract.ts';
import { utf8, type WireAnswer, type WireRequest } from '../../wire/message.ts';
import { iamOf } from '../iam/state.ts';
import { sessionOf } from '../sessions.ts';
import { type Instance, instancesOf } from './instances.ts';

/** Seconds: the longest life of a session token (EC2 guide, "Use IMDSv2"). */
const LONGEST = 21_600;
const TTL = 'x-aws-ec2-metadata-token-ttl-seconds';

/** Where the metadata of an instance is; `{region}` and `{instance}` stand for themselves. */
export const metadataAddress = ({ endpoint }: Pick<Cloud, 'endpoint'>): string =>
  `${endpoint}/instances/{region}/{instance}`;

/** The answer to a request below that address; undefined for any other request. */
export const answerOfMetadata = (cloud: Cloud, request: WireRequest): WireAnswer | undefined => {
  const [, region = '', id = '', path = ''] =
    /^\/instances\/([a-z0-9-]+)\/(i-[0-9a-f]+)(\/.*)$/.exec(request.path) ?? [];
  if (id === '') return undefined;
  const instance = cloud
    .accounts()
    .map((account) => instancesOf(cloud, account, region).get(id))
    .find((found) => found !== undefined);
  if (instance === undefined) return text(404, 'Not Found');
  if (instance.httpEndpoint === 'disabled') return text(403, 'Forbidden');
  if (path === '/latest/api/token')
    return request.method === 'PUT' ? issueToken(cloud, instance, request) : text(405, '');
  if (request.method !== 'GET') return text(405, '');
  if (!admitted(cloud, instance, request)) return text(401, 'Unauthorized');
  const found = documentAt(cloud, instance, path.replace(/\/$/, ''));
  return found === undefined ? text(404, 'Not Found') : text(200, found);
};

const documentAt = (cloud: Cloud, instance: Instance, path: string): string | undefined => {
  const roleArn = roleOf(cloud, instance);
  const name = roleArn?.split('/').at(-1);
  switch (path) {
    case '/latest/meta-data/instance-id':
      return instance.instanceId;
    case '/latest/meta-data/placement/region':
      return instance.region;
    case '/latest/meta-data/placement/availability-zone':
      return `${instance.region}a`;
    case '/latest/meta-data/iam/security-credentials':
      return name;
    case '/latest/dynamic/instance-identity/document':
      return JSON.stringify({ accountId: instance.account, region: instance.region, instanceId: instance.instanceId });
    default:
      return roleArn !== undefined && path === `/latest/meta-data/iam/security-credentials/${name}`
        ? credentials(cloud, instance, roleArn)
        : undefined;
  }
};

/** A session of the node's role, named as its instance: EC2's sessions are. */
const credentials = (cloud: Cloud, { instanceId }: Instance, roleArn: string): string => {
  const { credentials: keys } = sessionOf(cloud, roleArn, instanceId, 'ec2.amazonaws.com');
  const seconds = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;
  return JSON.stringify({
    Code: 'Success',
    LastUpdated: seconds(cloud.now()),
    Type: 'AWS-HMAC',
    AccessKeyId: keys.accessKeyId,
    SecretAccessKey: keys.secretAccessKey,
    Token: keys.sessionToken,
    Expiration: seconds(keys.expiration ?? cloud.now()),
  });
};

const roleOf = (cloud: Cloud, { account, instanceProfileArn }: Instance): string | undefined => {
  const iam = iamOf(cloud, account);
  const profile = iam.instanceProfiles.get(instanceProfileArn?.split('/').at(-1) ?? '');
  return iam.roles.get(profile?.role ?? '')?.arn;
};

const issueToken = (cloud: Cloud, { instanceId }: Instance, { headers }: WireRequest): WireAnswer => {
  const seconds = Number(headers[TTL]);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST) return text(400, 'Bad Request');
  const token = randomBytes(40).toString('base64url');
  const now = cloud.now().getTime();
  const tokens = tokensOf(cloud, instanceId);
  for (const [old, until] of tokens) if (until <= now) tokens.delete(old);
  tokens.set(token, now + seconds * 1000);
  return text(200, token, { [TTL]: String(seconds) });
};

/** IMDSv1 asks without a token, where the instance allows it; a wrong token is refused in any case. */
const admitted = (cloud: Cloud, { instanceId, httpTokens }: Instance, { headers }: WireRequest): boolean => {
  const token = headers['x-aws-ec2-metadata-token'];
  if (token === undefined) return httpTokens === 'optional';
  return (tokensOf(cloud, instanceId).get(token) ?? 0) > cloud.now().getTime();
};

const tokensOf = (cloud: Cloud, instanceId: string): Map<string, number> =>
  cloud.state('ec2', `metadata tokens ${instanceId}`, () => new Map<string, number>());

const text = (status: number, body: string, headers: Readonly<Record<string, string>> = {}): WireAnswer => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: utf8(body),
});
