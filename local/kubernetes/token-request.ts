/** `kubectl create token`: the token subresource of service accounts. */
import { isObject, type Json, type JsonObject } from './json.ts';
import { type Kind, kindOf } from './kinds.ts';
import { type KubeObject, type Pod, typed } from './objects.ts';
import type { Registry } from './registry.ts';
import { badRequest, conflict, type FieldError, invalid, invalidValue } from './status.ts';
import { API_AUDIENCE, type TokenRequest, type Tokens } from './tokens.ts';

const TOKEN_REQUEST = { group: 'authentication.k8s.io', kind: 'TokenRequest', plural: 'TokenRequest' };
const HOUR = 3_600;
/** EKS shortens longer ones to a day. */
const LONGEST = 86_400;

/** The request with the token in its status. @throws ApiError 400, 404, 409, 422 */
export const requestToken = async (
  registry: Registry,
  tokens: Tokens,
  namespace: string,
  name: string,
  body: JsonObject,
): Promise<{ object: object; warnings: string[] }> => {
  const account = typed('serviceaccounts', registry.get(kindOf('serviceaccounts'), namespace, name));
  const spec = isObject(body.spec) ? body.spec : {};
  const wanted = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : HOUR;
  const errors = durationErrors(wanted);
  if (errors.length > 0) throw invalid(TOKEN_REQUEST, '', errors);
  const given = Array.isArray(spec.audiences) ? spec.audiences.map(String) : [];
  const audiences = given.length === 0 ? [API_AUDIENCE] : given;
  const expirationSeconds = Math.min(wanted, LONGEST);
  const bound = isObject(spec.boundObjectRef) ? bind(registry, namespace, name, spec.boundObjectRef) : {};
  const { token, expires } = await tokens.issue({ account, audiences, expirationSeconds, ...bound });
  const { uid } = account.metadata;
  return {
    object: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, uid, creationTimestamp: registry.timestamp() },
      spec: { ...spec, audiences, expirationSeconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: expires.toISOString().replace(/\.\d+Z$/, 'Z') },
    },
    warnings: wanted > LONGEST ? [`requested expiration of ${wanted} seconds shortened to ${LONGEST} seconds`] : [],
  };
};

const durationErrors = (seconds: number): FieldError[] => {
  const field = 'spec.expirationSeconds';
  if (seconds < 600) return [invalidValue(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > 2 ** 32) return [invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
};

const BINDABLE: { readonly [kind: string]: Kind } = {
  Pod: kindOf('pods'),
  Secret: kindOf('secrets'),
  Node: kindOf('nodes'),
};

const bind = (
  registry: Registry,
  namespace: string,
  account: string,
  reference: { [field: string]: Json },
): Pick<TokenRequest, 'pod' | 'bound'> => {
  const { kind, name, uid } = reference;
  const target = BINDABLE[String(kind)];
  if (target === undefined)
    throw badRequest(`cannot bind token to object of type /${reference.apiVersion}, Kind=${kind}`);
  const object: KubeObject = registry.get(target, namespace, String(name));
  if (typeof uid === 'string' && uid !== '' && uid !== object.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
    throw conflict({ group: '', plural: target.kind }, String(name), why);
  }
  if (kind === 'Pod') return { pod: ownPod(typed('pods', object), account) };
  return {
    bound: { claim: kind === 'Node' ? 'node' : 'secret', name: object.metadata.name, uid: object.metadata.uid },
  };
};

const ownPod = (pod: Pod, account: string): Pod => {
  if (pod.spec.serviceAccountName === account) return pod;
  throw badRequest(
    `cannot bind token for serviceaccount "${account}" to pod running with different serviceaccount name.`,
  );
};
