/** JSON Patch (RFC 6902), and JSON Merge Patch (RFC 7386). */
import { isObject, type Json, type JsonObject, sameJson } from '../json.ts';
import { ApiError, badRequest } from '../status.ts';

/** The document after all operations. @throws ApiError 422 when one can't be carried out, 400 when it is none */
export const jsonPatch = (document: JsonObject, operations: Json): JsonObject => {
  if (!Array.isArray(operations)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp',
    );
  }
  let root: Json = structuredClone(document);
  for (const operation of operations) {
    if (!isObject(operation)) throw unprocessable();
    root = apply(root, operation);
  }
  if (!isObject(root)) throw unprocessable();
  return root;
};

/** The document with the patch merged in: null deletes, objects merge, everything else replaces. */
export const mergePatch = (target: Json | undefined, patch: Json): Json => {
  if (!isObject(patch)) return structuredClone(patch);
  const out: JsonObject = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = mergePatch(out[key], value);
  }
  return out;
};

/** What the real server says of any operation that fails. */
const unprocessable = (): ApiError =>
  new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

const apply = (root: Json, operation: JsonObject): Json => {
  const path = pointer(operation.path);
  const value = operation.value ?? null;
  switch (operation.op) {
    case 'add':
      return add(root, path, structuredClone(value));
    case 'remove':
      return remove(root, path);
    case 'replace':
      read(root, path);
      return path.length === 0 ? structuredClone(value) : add(remove(root, path), path, structuredClone(value));
    case 'move': {
      const from = pointer(operation.from);
      const moved = read(root, from);
      return add(remove(root, from), path, moved);
    }
    case 'copy':
      return add(root, path, structuredClone(read(root, pointer(operation.from))));
    case 'test': {
      const present = reach(root, path);
      if (!sameJson(present ?? null, value)) throw unprocessable();
      return root;
    }
    default:
      throw unprocessable();
  }
};

const pointer = (path: Json | undefined): string[] => {
  if (path === '') return [];
  if (typeof path !== 'string' || !path.startsWith('/')) throw unprocessable();
  return path
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
};

const position = (items: readonly Json[], key: string, limit: number): number => {
  const index = Number(key);
  if (!/^(0|[1-9]\d*)$/.test(key) || index > limit || items.length < index) throw unprocessable();
  return index;
};

/** The value at a path, or undefined; arrays by index. */
const reach = (root: Json, path: readonly string[]): Json | undefined => {
  let value: Json | undefined = root;
  for (const key of path) {
    if (Array.isArray(value)) value = /^\d+$/.test(key) ? value[Number(key)] : undefined;
    else value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }
  return value;
};

const read = (root: Json, path: readonly string[]): Json => {
  const value = reach(root, path);
  if (value === undefined) throw unprocessable();
  return value;
};

const add = (root: Json, path: readonly string[], value: Json): Json => {
  const key = path.at(-1);
  if (key === undefined) return value;
  const parent = read(root, path.slice(0, -1));
  if (Array.isArray(parent))
    parent.splice(key === '-' ? parent.length : position(parent, key, parent.length), 0, value);
  else if (isObject(parent)) parent[key] = value;
  else throw unprocessable();
  return root;
};

const remove = (root: Json, path: readonly string[]): Json => {
  const key = path.at(-1);
  read(root, path);
  if (key === undefined) throw unprocessable();
  const parent = read(root, path.slice(0, -1));
  if (Array.isArray(parent)) parent.splice(position(parent, key, parent.length - 1), 1);
  else if (isObject(parent)) delete parent[key];
  return root;
};
