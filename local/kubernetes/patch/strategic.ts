/**
 * Strategic merge patches, with the merge keys of the OpenAPI schemas. The rules, and the order of merged lists, are
 * those of apimachinery's pkg/util/strategicpatch: kubectl sends patches that rely on them.
 */
import { goText, isObject, type Json, type JsonObject, sameJson } from '../json.ts';
import { resolved, type Schema } from '../schema.ts';
import { ApiError, badRequest } from '../status.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_PRIMITIVES = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';

/** The object with the patch merged in. @throws ApiError 400 or 500 on a patch that makes no sense */
export const strategicMerge = (original: JsonObject, patch: JsonObject, schema: Schema): JsonObject =>
  mergeMap(structuredClone(original), structuredClone(patch), schema);

type Field = { schema: Schema; strategies: readonly string[]; mergeKey: string };

const fieldOf = (schema: Schema, key: string): Field => {
  const { additionalProperties } = schema;
  const field = schema.properties?.[key] ?? (typeof additionalProperties === 'object' ? additionalProperties : {});
  return {
    schema: resolved(field),
    strategies: field['x-kubernetes-patch-strategy']?.split(',') ?? [],
    mergeKey: field['x-kubernetes-patch-merge-key'] ?? '',
  };
};

const mergeMap = (original: JsonObject, patch: JsonObject, schema: Schema): JsonObject => {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) {
    if (directive === 'delete') return {};
    const { [DIRECTIVE]: _, ...replacement } = patch;
    if (directive === 'replace') return replacement;
    throw badRequest(`unknown patch type: ${JSON.stringify(directive)} in map`);
  }
  retainKeys(original, patch);
  const ordered = mergeOrdered(original, patch, schema);
  // What is taken from a list goes before what is merged into it: Go's order is random, and this one loses nothing.
  const entries = Object.entries(patch).sort(([a], [b]) => Number(isDeletion(b)) - Number(isDeletion(a)));
  for (const [name, value] of entries) {
    if (name.startsWith(ELEMENT_ORDER) || name === RETAIN_KEYS || ordered.has(name)) continue;
    const deletes = isDeletion(name);
    const key = deletes ? name.slice(DELETE_PRIMITIVES.length) : name;
    const present = original[key];
    if (value === null) {
      delete original[key];
    } else if (isObject(present) && isObject(value)) {
      const field = fieldOf(schema, key);
      original[key] = field.strategies.includes('replace') ? value : mergeMap(present, value, field.schema);
    } else if (Array.isArray(present) && Array.isArray(value)) {
      original[key] = mergeList(present, value, fieldOf(schema, key), deletes);
    } else if (!deletes) {
      const plain = withoutDirectives(value);
      if (plain === undefined) delete original[key];
      else original[key] = plain;
    }
  }
  return original;
};

const isDeletion = (name: string): boolean => name.startsWith(DELETE_PRIMITIVES);

const retainKeys = (original: JsonObject, patch: JsonObject): void => {
  const retained = patch[RETAIN_KEYS];
  if (retained === undefined) return;
  if (!Array.isArray(retained)) throw badRequest(`bad type for ${RETAIN_KEYS}`);
  for (const key of Object.keys(patch)) {
    if (key !== RETAIN_KEYS && !key.startsWith('$') && patch[key] !== null && !retained.includes(key)) {
      throw badRequest('patch format is wrong: retainKeys list must contain all keys of the patch');
    }
  }
  for (const key of Object.keys(original)) if (!retained.includes(key)) delete original[key];
};

/** Lists with a `$setElementOrder`: merged first, then put in that order. Returns the fields that are done. */
const mergeOrdered = (original: JsonObject, patch: JsonObject, schema: Schema): Set<string> => {
  const done = new Set<string>();
  for (const [name, order] of Object.entries(patch)) {
    if (!name.startsWith(ELEMENT_ORDER)) continue;
    if (!Array.isArray(order)) throw badRequest(`bad type for ${name}`);
    const key = name.slice(ELEMENT_ORDER.length);
    const field = fieldOf(schema, key);
    const before = original[key];
    const change = patch[key];
    if (before === undefined && change === undefined) continue;
    if (change === null) continue;
    if (Array.isArray(change)) checkOrder(change, order, field.mergeKey);
    const server = Array.isArray(before) ? before : [];
    const merged = Array.isArray(change)
      ? before === undefined
        ? elements(withoutDirectives(change))
        : mergeList(server, change, field, false)
      : server;
    original[key] = inOrder(merged, order, knownOrder(server, elements(change), field.mergeKey), field.mergeKey);
    done.add(key);
  }
  return done;
};

/**
 * The server's order as the real server has it by then: it deletes from the list in place, and what it appends takes
 * the places that became free, so that new elements count as known ones.
 */
const knownOrder = (server: readonly Json[], change: readonly Json[], mergeKey: string): readonly Json[] => {
  const maps = change.filter(isObject);
  if (maps.some((element) => element[DIRECTIVE] === 'replace')) return server;
  const deleted = maps.filter((element) => element[DIRECTIVE] === 'delete');
  const left = server.filter((item) => !deleted.some((element) => sameKey(item, element, mergeKey)));
  const added = maps.filter((element) => !element[DIRECTIVE] && !left.some((item) => sameKey(item, element, mergeKey)));
  return [...left, ...added].slice(0, server.length);
};

/** The patch's own elements have to stand as its order says (`validatePatchWithSetOrderList`). */
const checkOrder = (change: readonly Json[], order: readonly Json[], mergeKey: string): void => {
  if (change.length === 0 || order.length === 0) return;
  const kept = change.filter((element) => !isObject(element) || element[DIRECTIVE] !== 'delete');
  let next = 0;
  let place = 0;
  while (next < kept.length && place < order.length) {
    const element = kept[next];
    if (isObject(element) && element[DIRECTIVE] !== undefined) next += 1;
    else if (sameKey(element, order[place++], mergeKey)) next += 1;
  }
  if (next === kept.length) return;
  const lists = [goText([...change]), goText([...order])];
  const why = `The order in patch list:\n${lists[0]}\n doesn't match $setElementOrder list:\n${lists[1]}\n`;
  throw new ApiError(500, undefined, why);
};

const elements = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

const mergeList = (original: Json[], patch: Json[], field: Field, deletes: boolean): Json[] => {
  if (!field.strategies.includes('merge') && !deletes) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const sample = original[0] ?? patch[0];
  if (!isObject(sample)) {
    if (deletes) return original.filter((item) => !patch.some((gone) => sameJson(item, gone)));
    return inOrder(deduplicate([...original, ...patch]), patch, original, '');
  }
  if (field.mergeKey === '') throw badRequest('cannot merge lists without merge key');
  return mergeMaps(original, patch, field);
};

const mergeMaps = (original: Json[], patch: Json[], { mergeKey, schema }: Field): Json[] => {
  const item = resolved(schema.items ?? {});
  let base = original;
  let replace = false;
  const plain: JsonObject[] = [];
  for (const element of patch.filter(isObject)) {
    const directive = element[DIRECTIVE];
    if (directive === undefined) plain.push(element);
    else if (directive === 'delete') base = base.filter((other) => !sameKey(other, element, mergeKey));
    else if (directive === 'replace') replace = true;
    else throw badRequest(`unknown patch type: ${JSON.stringify(directive)} in list`);
    if (directive !== 'replace' && element[mergeKey] === undefined) {
      throw new ApiError(500, undefined, `map: ${goText(element)} does not contain declared merge key: ${mergeKey}`);
    }
  }
  // Without an order from the client the patch's own order counts, not the place at which an element was appended.
  if (replace) return inOrder(plain, [], plain, mergeKey);
  const merged: Json[] = [...base];
  for (const element of plain) {
    const index = merged.findIndex((other) => sameKey(other, element, mergeKey));
    const present = merged[index];
    if (isObject(present)) merged[index] = mergeMap(present, element, item);
    else merged.push(element);
  }
  return inOrder(merged, plain, base, mergeKey);
};

const sameKey = (a: Json | undefined, b: Json | undefined, mergeKey: string): boolean =>
  mergeKey === '' ? sameJson(a, b) : isObject(a) && isObject(b) && sameJson(a[mergeKey], b[mergeKey]);

/**
 * Elements of the patch in the patch's order, the server's own in the server's; where both lists say how two elements
 * of different origin stand to each other, the server's order decides, else the patch's element comes first.
 */
const inOrder = (
  merged: readonly Json[],
  order: readonly Json[],
  server: readonly Json[],
  mergeKey: string,
): Json[] => {
  const place = (list: readonly Json[], item: Json): number =>
    list.findIndex((other) => sameKey(other, item, mergeKey));
  const sorted = (items: Json[], by: readonly Json[]): Json[] =>
    items
      .map((item) => ({ item, at: place(by, item) }))
      .sort((a, b) => (a.at < 0 || b.at < 0 ? 0 : a.at - b.at))
      .map(({ item }) => item);
  const patched = sorted(
    merged.filter((item) => place(order, item) >= 0),
    order,
  );
  const own = sorted(
    merged.filter((item) => place(order, item) < 0),
    server,
  );
  const out: Json[] = [];
  let left = 0;
  let right = 0;
  while (left < own.length || right < patched.length) {
    const mine = own[left];
    const theirs = patched[right];
    const [a, b] = [mine === undefined ? -1 : place(server, mine), theirs === undefined ? -1 : place(server, theirs)];
    if (theirs === undefined || (mine !== undefined && a >= 0 && b >= 0 && a < b)) {
      if (mine !== undefined) out.push(mine);
      left += 1;
    } else {
      out.push(theirs);
      right += 1;
    }
  }
  return out;
};

const deduplicate = (items: Json[]): Json[] =>
  items.filter((item, index) => items.findIndex((other) => sameJson(item, other)) === index);

/** A value that is taken as a whole loses its directives; one that is itself a directive is not kept. */
const withoutDirectives = (value: Json): Json | undefined => {
  if (Array.isArray(value)) {
    return value.map(withoutDirectives).filter((item): item is Json => item !== undefined);
  }
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const out: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    // A null has nothing to delete here, and the server drops it.
    if (field === null) continue;
    const plain = withoutDirectives(field);
    if (plain !== undefined) out[key] = plain;
  }
  return out;
};
