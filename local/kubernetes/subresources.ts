/** Subresources: status, scale, eviction, token, binding; what needs a container is left to a real cluster. */
import {
  type Answer,
  type Call,
  change,
  deleteOptions,
  objectIn,
  parsePatch,
  type Sources,
  writeOptions,
} from './call.ts';
import { evict, evictionOptions } from './eviction.ts';
import { isObject, type JsonObject } from './json.ts';
import { type Kind, resourceName, SUBRESOURCE_KINDS } from './kinds.ts';
import { keyOf, typed } from './objects.ts';
import { patched } from './patch/index.ts';
import { formOf, representOne } from './represent.ts';
import { scaleOf, setScale } from './scale.ts';
import { conflict, methodNotAllowed, noSuchPath, notImplemented, success } from './status.ts';
import { requestToken } from './token-request.ts';

/** What only a running container can answer. */
const NEEDS_CONTAINERS = ['log', 'exec', 'attach', 'portforward', 'proxy', 'ephemeralcontainers', 'resize'];

/** @throws ApiError */
export const subresource = async (sources: Sources, kind: Kind, call: Call): Promise<Answer> => {
  const { registry, tokens, now } = sources;
  const { verb, namespace, name, subresource: sub } = call.resource;
  const [first = ''] = sub.split('/');
  if (!kind.subresources.includes(first)) throw noSuchPath();
  if (NEEDS_CONTAINERS.includes(first)) {
    throw notImplemented(
      `${resourceName(kind)}/${first} needs running containers, which the embedded Kubernetes API has not: point KUBEBUILDER_ASSETS at a real kube-apiserver, or use a real cluster`,
    );
  }
  const inside = kind.namespaced ? namespace : undefined;
  if (first === 'status') {
    const form = formOf(call.accept, call.info.query);
    if (verb === 'get') return { code: 200, body: representOne(kind, registry.get(kind, inside, name), form, now()) };
    if (verb === 'update' || verb === 'patch') return change(sources, kind, call, form);
    throw methodNotAllowed();
  }
  if (first === 'scale') return scale(sources, kind, call);
  if (first === 'eviction' && verb === 'create') {
    const body = objectIn(call.body);
    const options = deleteOptions(call, evictionOptions(body));
    return { code: 201, body: evict(registry, namespace, name, body, options) };
  }
  if (first === 'token' && verb === 'create') {
    const { object, warnings } = await requestToken(registry, tokens, namespace, name, objectIn(call.body));
    return { code: 201, body: object, warnings };
  }
  if (first === 'binding' && verb === 'create') return { code: 201, body: bind(sources, kind, call) };
  throw notImplemented(
    `${call.info.method} ${resourceName(kind)}/${first} is not supported by the embedded Kubernetes API`,
  );
};

const scale = ({ registry }: Sources, kind: Kind, call: Call): Answer => {
  const { verb, namespace, name } = call.resource;
  const current = scaleOf(registry.get(kind, namespace, name));
  if (verb === 'get') return { code: 200, body: current };
  if (verb !== 'update' && verb !== 'patch') throw methodNotAllowed();
  const gvk = SUBRESOURCE_KINDS.scale ?? kind;
  const wanted: JsonObject =
    verb === 'patch' ? patched(gvk, current, parsePatch(call.body), call.body.type) : objectIn(call.body);
  const seen = verb === 'patch' ? withoutVersion(wanted, current) : wanted;
  return { code: 200, body: setScale(registry, kind, namespace, name, seen, writeOptions(call.info.query)) };
};

/** A patch that names no version is not about one. */
const withoutVersion = (wanted: JsonObject, current: JsonObject): JsonObject => {
  const [next, before] = [wanted.metadata, current.metadata];
  if (!isObject(next) || !isObject(before) || next.resourceVersion !== before.resourceVersion) return wanted;
  const { resourceVersion: _, ...metadata } = next;
  return { ...wanted, metadata };
};

/** What a scheduler of one's own does. */
const bind = ({ registry }: Sources, kind: Kind, call: Call): object => {
  const { namespace, name } = call.resource;
  const { target } = objectIn(call.body);
  const pod = typed('pods', registry.get(kind, namespace, name));
  if (pod.spec.nodeName !== undefined) {
    throw conflict(
      { group: '', plural: 'pods/binding' },
      name,
      `pod ${name} is already assigned to node "${pod.spec.nodeName}"`,
    );
  }
  const nodeName = isObject(target) ? String(target.name ?? '') : '';
  registry.amend('pods', keyOf(pod.metadata), (stored) => ({ ...stored, spec: { ...stored.spec, nodeName } }));
  return success();
};
