/** From the bytes of a request to the bytes of its answer: who asks, for what, and what became of it. */
import { randomUUID } from 'node:crypto';
import { partitionOf } from '../../functions/partition.ts';
import type { Call, Caller, Cloud, Service } from '../contract.ts';
import { answerOfControl } from '../control/endpoint.ts';
import { answerOfIssuer } from '../issuers.ts';
import { perform } from '../perform.ts';
import { answerOfMetadata } from '../services/ec2/metadata.ts';
import { findKey, type Key } from '../services/sts/keyring.ts';
import { checkRequired } from './check.ts';
import { checkConstraints } from './constraints/check.ts';
import { NoAnswer, notImplemented, type Refusal, refusal, wireError } from './errors.ts';
import type { Protocol, WireAnswer, WireRequest } from './message.ts';
import { PROTOCOLS } from './protocol.ts';
import { operationSchema } from './schema.ts';
import { type Claim, claimOf, incompleteness, isSignedBy, skewOf } from './signature.ts';

/** Answers a request; errors are answers too. @throws NoAnswer when a fault wants that there is none */
export const answerOf = async (
  cloud: Cloud,
  services: ReadonlyMap<string, Service>,
  request: WireRequest,
): Promise<WireAnswer> => {
  const controlled = await answerOfControl(cloud, services, request);
  if (controlled !== undefined) return controlled;
  const requestId = randomUUID();
  const claim = claimOf(request);
  const service = claim === undefined ? unsignedService(services, request) : services.get(claim.service);
  const protocol = PROTOCOLS[service?.protocol ?? likelyProtocol(request)];
  try {
    const published =
      claim === undefined ? (answerOfIssuer(cloud, request) ?? answerOfMetadata(cloud, request)) : undefined;
    if (published !== undefined) return published;
    if (service === undefined) {
      throw claim === undefined
        ? unreadable(likelyProtocol(request), request)
        : notImplemented(claim.service, 'the service');
    }
    return await answer(cloud, service, protocol, request, claim, requestId);
  } catch (error) {
    if (error instanceof NoAnswer) throw error;
    return protocol.encodeError(wireError(error, service), service, requestId);
  }
};

const answer = async (
  cloud: Cloud,
  service: Service,
  protocol: Protocol,
  request: WireRequest,
  claim: Claim | undefined,
  requestId: string,
): Promise<WireAnswer> => {
  const name = protocol.operationOf(request, service);
  const { caller, region } = await whoAsks(cloud, service, name, request, claim);
  const call: Call = {
    cloud,
    caller,
    account: caller.account,
    region,
    requestId,
    now: cloud.now(),
    sourceIp: request.sourceIp,
    userAgent: request.headers['user-agent'] ?? '',
  };
  if (name === undefined) throw refused(service.protocol, 'unknownOperation');
  if (service.raw !== undefined && !Object.hasOwn(service.operations, name)) {
    return service.raw(name, request.body, call);
  }
  const operation = operationSchema(service.schemas, name);
  if (operation === undefined) throw refused(service.protocol, 'unknownOperation');
  if (!Object.hasOwn(service.operations, name)) throw notImplemented(service.scope, name);
  const output = await perform(service, name, await protocol.decode(request, operation), call);
  return protocol.encode(operation, output, service, requestId);
};

/** The service whose operation this is, if it is one that needs no signature. */
const unsignedService = (services: ReadonlyMap<string, Service>, request: WireRequest): Service | undefined =>
  [...services.values()].find(
    (service) => unsignedOf(service, PROTOCOLS[service.protocol].operationOf(request, service)) !== undefined,
  );

const unsignedOf = (service: Service, name: string | undefined) => {
  const operation =
    name !== undefined && Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  const schema = name === undefined ? undefined : operationSchema(service.schemas, name);
  return operation?.unsigned === undefined || schema === undefined ? undefined : { prove: operation.unsigned, schema };
};

const whoAsks = async (
  cloud: Cloud,
  service: Service,
  name: string | undefined,
  request: WireRequest,
  claim: Claim | undefined,
): Promise<{ readonly caller: Caller; readonly region: string }> => {
  const unsigned = unsignedOf(service, name);
  if (unsigned !== undefined) {
    const input = await PROTOCOLS[service.protocol].decode(request, unsigned.schema);
    checkRequired(unsigned.schema.input, input, service.protocol);
    checkConstraints(service, unsigned.schema.name, input);
    // Tables of operations have forgotten the type of their inputs; the schema by which this one was decoded has it.
    return unsigned.prove(input as never, cloud);
  }
  if (claim === undefined) throw unreadable(service.protocol, request);
  const { caller } = await authenticate(cloud, service, request, claim);
  return { caller, region: service.global ? partitionOf(claim.region).iamRegion : claim.region };
};

const authenticate = async (cloud: Cloud, service: Service, request: WireRequest, claim: Claim): Promise<Key> => {
  const key = findKey(cloud, claim.accessKeyId, claim.sessionToken);
  if (typeof key === 'string') throw refused(service.protocol, key);
  // Clients sign by the machine's clock, whatever time it is in the cloud.
  const skew = skewOf(claim, new Date());
  if (skew !== undefined) throw refusal(service.protocol, 'skewed', skew);
  if (!(await isSignedBy(request, claim, key.credentials))) throw refused(service.protocol, 'badSignature');
  return key;
};

/** What is said to a request that has no signature, or none that can be read. */
const unreadable = (protocol: Service['protocol'], request: WireRequest) => {
  const lacks = incompleteness(request);
  return lacks === undefined ? refused(protocol, 'unsigned') : refusal(protocol, 'incomplete', lacks);
};

/** The protocol of a request that names no service we know, by what its clients send. */
const likelyProtocol = ({ headers }: WireRequest): Service['protocol'] => {
  if (headers['x-amz-target'] !== undefined) return 'awsJson1_1';
  return headers['content-type']?.startsWith('application/x-www-form-urlencoded') ? 'awsQuery' : 'restJson1';
};

const refused = (protocol: Service['protocol'], kind: Refusal) => refusal(protocol, kind, MESSAGES[kind]);

/** AWS's own sentences. */
const MESSAGES: Record<Refusal, string> = {
  accessDenied: 'Access denied.',
  unknownKey: 'The security token included in the request is invalid.',
  expired: 'The security token included in the request is expired',
  unsigned: 'Missing Authentication Token',
  badSignature:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  skewed: 'The time of the signature is too far from the time of the service.',
  incomplete: 'The request signature does not conform to AWS standards.',
  throttled: 'Rate exceeded',
  malformed: 'The request body could not be read.',
  invalid: 'The request is invalid.',
  unknownOperation: 'The requested operation is unknown to this service.',
};
