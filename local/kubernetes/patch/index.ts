/** Chooses the patch by its content type. */
import { isObject, type Json, type JsonObject } from '../json.ts';
import { type GroupVersionKind, schemaOf } from '../schema.ts';
import { ApiError, badRequest } from '../status.ts';
import { jsonPatch, mergePatch } from './json.ts';
import { strategicMerge } from './strategic.ts';

/** The patch type that kubectl and client-go use for built-in kinds. */
export const STRATEGIC = 'application/strategic-merge-patch+json';

/** JSON merge patch (RFC 7396): what custom resources take. */
export const MERGE = 'application/merge-patch+json';

/** The object as the patch leaves it. @throws ApiError 415 for server-side apply and unknown types */
export const patched = (kind: GroupVersionKind, original: JsonObject, patch: Json, contentType: string): JsonObject => {
  assertPatchType(contentType);
  if (contentType === 'application/json-patch+json') return jsonPatch(original, patch);
  if (!isObject(patch)) throw badRequest('the patch is not a JSON object');
  if (contentType === STRATEGIC) {
    const schema = schemaOf(kind);
    if (schema === undefined) throw new ApiError(415, 'UnsupportedMediaType', NOT_FOR_CUSTOM);
    return strategicMerge(original, patch, schema);
  }
  const merged = mergePatch(original, patch);
  return isObject(merged) ? merged : {};
};

/** Judged before the object is looked for: a server-side apply of a new object is no 404. @throws ApiError 415 */
export const assertPatchType = (contentType: string): void => {
  if (contentType.startsWith('application/apply-patch')) {
    throw new ApiError(
      415,
      'UnsupportedMediaType',
      'server-side apply is not supported by the embedded Kubernetes API: use client-side apply, or point KUBEBUILDER_ASSETS at a real kube-apiserver',
    );
  }
  if (!TYPES.has(contentType)) throw new ApiError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
};

/** A custom resource has no merge keys. */
const NOT_FOR_CUSTOM =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';

const TYPES: ReadonlySet<string> = new Set(['application/json-patch+json', MERGE, STRATEGIC]);
