/** Creating and changing objects: schema, defaults, admission, validation, optimistic concurrency, generations. */
import { randomUUID } from 'node:crypto';
import type { Admission } from './admission.ts';
import { conform, type FieldValidation, type Refuse } from './conform.ts';
import { setDefaults } from './defaults.ts';
import { asJson, isObject, type Json, type JsonObject, sameJson } from './json.ts';
import { apiVersionOf, type Kind, type KindName, kindOf } from './kinds.ts';
import {
  type KubeObject,
  keyOf,
  type Labels,
  type Metadata,
  type OwnerReference,
  type Typed,
  typed,
} from './objects.ts';
import { randomSuffix } from './random.ts';
import { schemaOf } from './schema.ts';
import { complete, keepJobSelector, refuseIndexed } from './server-fields.ts';
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound, STALE } from './status.ts';
import type { Store } from './store.ts';
import { validate } from './validate.ts';

export type WriteOptions = {
  dryRun?: boolean;
  /** What to do about unknown fields; they are dropped in any case. */
  validation?: FieldValidation;
  /** The words for a body that doesn't fit its kind, where they are not the usual ones. */
  refuse?: Refuse;
};

export type Written = { object: KubeObject; warnings: string[] };

export type Registry = {
  store: Store;
  /** RFC 3339 in whole seconds, as Kubernetes writes times. */
  timestamp: (afterMillis?: number) => string;
  /** @throws ApiError 404 */
  get: (kind: Kind, namespace: string | undefined, name: string) => KubeObject;
  /** @throws ApiError 400, 403, 404 (namespace), 409, 422 */
  create: (kind: Kind, namespace: string | undefined, body: JsonObject, options?: WriteOptions) => Written;
  /** Replaces the object, or only its status. @throws ApiError 400, 404, 409 (stale), 422 */
  update: (
    kind: Kind,
    namespace: string | undefined,
    name: string,
    body: JsonObject,
    options?: WriteOptions & { status?: boolean },
  ) => Written;
  /** For controllers: a change without validation; nothing happens when the object is gone, or stays the same. */
  amend: <K extends KindName>(plural: K, key: string, change: (object: Typed[K]) => Typed[K]) => Typed[K] | undefined;
};

export const makeRegistry = (store: Store, options: Omit<Admission, 'store'> & { now: () => Date }): Registry => {
  const timestamp = (afterMillis = 0): string =>
    new Date(options.now().getTime() + afterMillis).toISOString().replace(/\.\d+Z$/, 'Z');

  const get: Registry['get'] = (kind, namespace, name) => {
    const found = store.get(kind.plural, keyOf(place(kind, namespace, name)));
    if (found === undefined) throw notFound(kind, name);
    return found;
  };

  const create: Registry['create'] = (kind, namespace, body, { dryRun = false, validation = 'Ignore' } = {}) => {
    const { object: fields, warnings } = conform(kind, body, validation);
    const given = isObject(fields.metadata) ? fields.metadata : {};
    checkNamespace(kind, namespace, given);
    if (given.resourceVersion !== undefined && given.resourceVersion !== '') {
      throw badRequest('resourceVersion should not be set on objects to be created');
    }
    const generateName = typeof given.generateName === 'string' ? given.generateName : '';
    const name = String(given.name || (generateName === '' ? '' : generateName + randomSuffix()));
    fields.metadata = { ...given, name };
    if (kind.subresources.includes('status')) delete fields.status;
    // A struct in Go: never absent, at least empty.
    if (kind.custom || schemaOf(kind)?.properties?.spec !== undefined) fields.spec ??= {};
    setDefaults(kind.plural, fields);
    admitToNamespace(store, kind, namespace, name);
    const labelled = isObject(fields.metadata) ? fields.metadata : {};
    const metadata: Metadata = {
      ...userMetadata(labelled),
      ...place(kind, namespace, name),
      ...(generateName === '' ? {} : { generateName }),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: timestamp(),
      ...(hasGeneration(kind) ? { generation: 1 } : {}),
    };
    const bare: KubeObject = { ...fields, ...typeOf(kind), metadata };
    const object = complete(kind, bare, { store, region: options.region, association: options.association });
    const errors = validate(kind, object);
    if (errors.length > 0) throw invalid(kind, name, errors);
    if (kind.plural === 'jobs') refuseIndexed(object);
    if (store.get(kind.plural, keyOf(metadata)) !== undefined) throw alreadyExists(kind, name);
    return { object: dryRun ? object : store.put(kind.plural, object), warnings };
  };

  const update: Registry['update'] = (kind, namespace, name, body, settings = {}) => {
    const { dryRun = false, validation = 'Ignore', refuse, status = false } = settings;
    const current = get(kind, namespace, name);
    const { object: fields, warnings } = conform(kind, body, validation, refuse);
    const given = isObject(fields.metadata) ? fields.metadata : {};
    checkNamespace(kind, namespace, given);
    if (given.name !== undefined && given.name !== name) {
      throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`);
    }
    if (given.uid && given.uid !== current.metadata.uid) {
      const key = `/registry/${kind.plural}/${keyOf(current.metadata)}`;
      const why = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given.uid}, UID in object meta: ${current.metadata.uid}`;
      throw conflict(kind, name, why);
    }
    if (given.resourceVersion && given.resourceVersion !== current.metadata.resourceVersion) {
      throw conflict(kind, name, STALE);
    }
    const next = status
      ? withStatus(current, fields.status)
      : withSpec(kind, current, { ...fields, metadata: { ...given, name } });
    const errors = status ? [] : validate(kind, next, current);
    if (errors.length > 0) throw invalid(kind, name, errors);
    if (sameJson(next, current) || dryRun) return { object: next, warnings };
    return { object: finish(kind, next) ?? next, warnings };
  };

  /** Stores a change, or, when it took the last finalizer from an object that is being deleted, removes it. */
  const finish = (kind: Kind, next: KubeObject): KubeObject | undefined => {
    const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = next.metadata;
    const removed = deletionTimestamp !== undefined && finalizers.length === 0 && deletionGracePeriodSeconds === 0;
    // A namespace goes when its controller has emptied it.
    if (removed && kind.plural !== 'namespaces') return store.remove(kind.plural, keyOf(next.metadata));
    return store.put(kind.plural, next);
  };

  const amend: Registry['amend'] = (plural, key, change) => {
    const current = store.get(plural, key);
    if (current === undefined) return undefined;
    const changed = change(current);
    if (sameJson(changed, current)) return current;
    const kind = kindOf(plural);
    const bumped = bumpGeneration(kind, changed, current);
    return typed(plural, finish(kind, bumped) ?? bumped);
  };

  return { store, timestamp, get, create, update, amend };
};

const place = (kind: Kind, namespace: string | undefined, name: string): { namespace?: string; name: string } => ({
  ...(kind.namespaced && namespace !== undefined ? { namespace } : {}),
  name,
});

const typeOf = (kind: Kind): { apiVersion: string; kind: string } => ({
  apiVersion: apiVersionOf(kind),
  kind: kind.kind,
});

const checkNamespace = (kind: Kind, namespace: string | undefined, metadata: JsonObject): void => {
  if (kind.namespaced && metadata.namespace && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
};

const admitToNamespace = (store: Store, kind: Kind, namespace: string | undefined, name: string): void => {
  if (!kind.namespaced) return;
  const found = store.get('namespaces', namespace ?? '');
  if (found === undefined) throw notFound(kindOf('namespaces'), namespace ?? '');
  // Events tell what happens while it ends.
  if (found.metadata.deletionTimestamp !== undefined && kind.plural !== 'events') {
    const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
    throw forbidden(kind, name, why);
  }
};

/** Kinds whose specification has a generation that controllers observe. */
const hasGeneration = (kind: Kind): boolean =>
  kind.subresources.includes('status') && !['namespaces', 'nodes', 'services'].includes(kind.plural);

const strings = (value: Json | undefined): Labels | undefined =>
  isObject(value) && Object.keys(value).length > 0
    ? Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]))
    : undefined;

/** What users may set in metadata; the rest is the server's. */
const userMetadata = (
  metadata: JsonObject,
): Pick<Metadata, 'labels' | 'annotations' | 'ownerReferences' | 'finalizers'> => {
  const labels = strings(metadata.labels);
  const annotations = strings(metadata.annotations);
  const owners = Array.isArray(metadata.ownerReferences) ? metadata.ownerReferences.filter(isOwner) : [];
  const finalizers = Array.isArray(metadata.finalizers) ? metadata.finalizers.map(String) : [];
  return {
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  };
};

const isOwner = (value: unknown): value is OwnerReference =>
  isObject(value) && ['apiVersion', 'kind', 'name', 'uid'].every((key) => typeof value[key] === 'string');

const withSpec = (kind: Kind, current: KubeObject, fields: JsonObject): KubeObject => {
  const body: JsonObject = { ...fields };
  if (kind.subresources.includes('status')) delete body.status;
  if (kind.plural === 'jobs' && isObject(body.spec)) keepJobSelector(body.spec, current);
  setDefaults(kind.plural, body);
  const { labels: _l, annotations: _a, ownerReferences: _o, finalizers: _f, ...system } = current.metadata;
  const status = kind.subresources.includes('status') ? asJson(current).status : undefined;
  const next: KubeObject = {
    ...body,
    ...typeOf(kind),
    metadata: { ...system, ...userMetadata(isObject(body.metadata) ? body.metadata : {}) },
    ...(status === undefined ? {} : { status }),
  };
  return bumpGeneration(kind, next, current);
};

const withStatus = (current: KubeObject, status: Json | undefined): KubeObject => ({
  ...current,
  ...(status === undefined ? {} : { status }),
});

const bumpGeneration = (kind: Kind, next: KubeObject, current: KubeObject): KubeObject =>
  !hasGeneration(kind) || sameJson(asJson(next).spec, asJson(current).spec)
    ? next
    : { ...next, metadata: { ...next.metadata, generation: (current.metadata.generation ?? 1) + 1 } };
