/** What a call to a resource consists of, how it is answered, and what its query and body ask for. */
import type { ServerResponse } from 'node:http';
import { type Body, parseBody } from './body.ts';
import type { UserInfo } from './contract.ts';
import type { DeleteOptions } from './deletion.ts';
import { asJson, goText, isObject, type Json, type JsonObject } from './json.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { assertPatchType, patched, STRATEGIC } from './patch/index.ts';
import type { Registry, WriteOptions } from './registry.ts';
import { type Form, representOne } from './represent.ts';
import type { RequestInfo } from './request.ts';
import type { GroupVersionKind } from './schema.ts';
import { badOption, badPatch, badRequest, methodNotAllowed } from './status.ts';
import type { Tokens } from './tokens.ts';

export type Sources = { registry: Registry; tokens: Tokens; now: () => Date };
export type Call = {
  info: RequestInfo;
  resource: NonNullable<RequestInfo['resource']>;
  user: UserInfo;
  accept: string;
  body: Body;
};
export type Answer =
  | { code: number; body: object | string; type?: string; warnings?: readonly string[] }
  | { stream: (response: ServerResponse) => void };

/** PUT and PATCH, of the object or of its status. */
export const change = ({ registry, now }: Sources, kind: Kind, call: Call, form: Form): Answer => {
  const { resource, info, body } = call;
  const namespace = kind.namespaced ? resource.namespace : undefined;
  const current = () => registry.get(kind, namespace, resource.name);
  if (resource.name === '') throw methodNotAllowed();
  if (resource.verb === 'patch') assertPatchType(body.type);
  const patch = resource.verb === 'patch' ? parsePatch(body) : undefined;
  const next = patch === undefined ? objectIn(body, kind) : patched(kind, asJson(current()), patch, body.type);
  const { object, warnings } = registry.update(kind, namespace, resource.name, next, {
    ...writeOptions(info.query, patch === undefined ? 'UpdateOptions' : 'PatchOptions'),
    status: resource.subresource === 'status',
    ...(patch === undefined
      ? {}
      : { refuse: (why: string) => badPatch(body.type === STRATEGIC ? goText(patch) : JSON.stringify(next), why) }),
  });
  return { code: 200, body: representOne(kind, object, form, now()), warnings };
};

/** Other types than JSON are refused whatever the body is, server-side apply among them. */
export const parsePatch = (body: Body): Json => (body.type.endsWith('-patch+json') ? (parseBody(body) ?? {}) : {});

/** The object in a body; it may leave its kind out, but not be another. @throws ApiError 400 */
export const objectIn = (body: Body, expected?: GroupVersionKind): JsonObject => {
  const value = parseBody(body);
  if (!isObject(value)) {
    const what = `the object provided is unrecognized (must be of type ${expected?.kind ?? 'Object'})`;
    const why = value === undefined ? 'unexpected end of JSON input (<empty>)' : 'json: cannot unmarshal into Go value';
    throw badRequest(`${what}: couldn't get version/kind; json parse error: ${why}`);
  }
  if (expected === undefined) return value;
  const { apiVersion = apiVersionOf(expected), kind = expected.kind } = value;
  if (kind === expected.kind && apiVersion === apiVersionOf(expected)) return value;
  const refused = `${kind} in version "${apiVersion}" cannot be handled as a ${expected.kind}`;
  if (kind !== expected.kind)
    throw badRequest(`${refused}: converting (${apiVersion}.${kind}) to (${expected.kind}): unknown conversion`);
  throw badRequest(
    `${refused}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:110"`,
  );
};

/** @throws ApiError 422 */
export const writeOptions = (query: URLSearchParams, kind = 'CreateOptions'): WriteOptions => {
  const validation = query.get('fieldValidation') ?? 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    throw badOption(kind, 'fieldValidation', validation, ['', 'Ignore', 'Strict', 'Warn']);
  }
  return { dryRun: isDryRun(query.get('dryRun'), kind), validation };
};

const isDryRun = (value: string | null, kind: string): boolean => {
  if (value !== null && value !== 'All') throw badOption(kind, 'dryRun', [value], ['All']);
  return value === 'All';
};

/** Options of a deletion: in the body, or in the query. */
export const deleteOptions = ({ info: { query }, body }: Call, inBody: JsonObject = optionsIn(body)): DeleteOptions => {
  const grace = inBody.gracePeriodSeconds ?? query.get('gracePeriodSeconds');
  const policy = inBody.propagationPolicy ?? query.get('propagationPolicy');
  const { uid, resourceVersion } = isObject(inBody.preconditions) ? inBody.preconditions : {};
  const dryRun = Array.isArray(inBody.dryRun) && inBody.dryRun.length > 0 ? inBody.dryRun.join() : query.get('dryRun');
  return {
    dryRun: isDryRun(dryRun, 'DeleteOptions'),
    ...(grace === null || grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(typeof policy === 'string' ? { propagationPolicy: policy } : {}),
    preconditions: {
      ...(typeof uid === 'string' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
    },
  };
};

const optionsIn = (body: Body): JsonObject => {
  const value = parseBody(body);
  return isObject(value) ? value : {};
};
