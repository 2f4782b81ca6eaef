/** Makes openapi.json and protobuf.json from a Go module cache: `generate.ts MODCACHE/k8s.io 1.34.2` (see NOTICE). */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { allKinds, apiVersionOf, REVIEWS, SUBRESOURCE_KINDS } from '../kinds.ts';

type Json = { [key: string]: unknown };
type Document = { components: { schemas: { [name: string]: Json } } };
type GoTag = { inline: boolean; keepZero: boolean };

const [cache = '', version = ''] = process.argv.slice(2);
if (version === '') throw new Error('usage: generate.ts MODCACHE/k8s.io VERSION');
const library = version.replace(/^1\./, 'v0.');
const here = import.meta.dirname;
const PLAIN = new Set(['comment', 'reserved', 'features']);
const structs = new Map<string, Map<string, Map<number, GoTag>>>();

const wanted = [...allKinds.filter((kind) => !kind.custom), ...REVIEWS, ...Object.values(SUBRESOURCE_KINDS)];
const META = { group: 'meta.k8s.io', version: 'v1', kind: 'DeleteOptions' };

writeJson('openapi.json', openapi());
writeJson('protobuf.json', descriptors());

function writeJson(name: string, content: unknown): void {
  const path = join(here, name);
  writeFileSync(path, `${JSON.stringify(content)}\n`);
  console.log(`${name}: ${Math.round(statSync(path).size / 1000)} kB`);
}

/** The components of all wanted groups in one map; the paths are made at run time from the table of kinds. */
function openapi(): Document {
  const folder = join(cache, `kubernetes@v${version}`, 'api/openapi-spec/v3');
  const all: { [name: string]: Json } = {};
  for (const api of new Set(wanted.map(apiVersionOf))) {
    const file = api.includes('/') ? `apis__${api.replace('/', '__')}` : `api__${api}`;
    // autoscaling/v1 is wanted for Scale only, which the apps group has too.
    const document: Document = JSON.parse(readFileSync(join(folder, `${file}_openapi.json`), 'utf8'));
    Object.assign(all, document.components.schemas);
  }
  const kept: { [name: string]: Json } = {};
  const keep = (name: string): void => {
    const schema = all[name];
    if (schema === undefined || kept[name] !== undefined) return;
    kept[name] = slim(schema);
    for (const [, reference = ''] of JSON.stringify(schema).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      keep(reference);
    }
  };
  for (const kind of [...wanted, META]) keep(componentOf(all, kind));
  return { components: { schemas: Object.fromEntries(Object.entries(kept).sort()) } };
}

function componentOf(all: { [name: string]: Json }, kind: { group: string; version: string; kind: string }): string {
  const group = kind.group === META.group ? '' : kind.group;
  const marker = JSON.stringify({ group, kind: kind.kind, version: kind.version });
  const found = Object.entries(all).find(([, schema]) =>
    [schema['x-kubernetes-group-version-kind']].flat().some((entry) => JSON.stringify(sorted(entry)) === marker),
  );
  if (found === undefined) throw new Error(`no schema for ${marker}`);
  return found[0];
}

function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).sort()) : value;
}

/** Without prose and defaults; a kind keeps the one name under which it is served. */
function slim(value: Json): Json {
  const out: Json = {};
  for (const [key, field] of Object.entries(value)) {
    if (key === 'description' || key === 'default' || key === 'x-kubernetes-unions') continue;
    if (key === 'properties') {
      out[key] = Object.fromEntries(Object.entries(object(field)).map(([name, schema]) => [name, slim(object(schema))]));
    } else if (key === 'items' || key === 'additionalProperties') {
      out[key] = typeof field === 'object' ? slim(object(field)) : field;
    } else if (key === 'x-kubernetes-group-version-kind' && Array.isArray(field)) {
      out[key] = field.slice(0, 1);
    } else {
      out[key] = field;
    }
  }
  // kubectl reads merge keys beside allOf only; a bare reference needs no wrapping.
  const [only] = Array.isArray(out.allOf) ? out.allOf : [];
  return Object.keys(out).length === 1 && only !== undefined ? only : out;
}

function object(value: unknown): Json {
  if (typeof value !== 'object' || value === null) throw new Error(`not an object: ${value}`);
  return Object.fromEntries(Object.entries(value));
}

/** The messages of all wanted kinds, as protobufjs reads them, with what Go's JSON tags add: see `goFields`. */
function descriptors(): unknown {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    const [, module = '', path = ''] = /^k8s\.io\/(api|apimachinery)\/(.*)$/.exec(target) ?? [];
    return join(cache, `${module}@${library}`, path);
  };
  const groupFolders = new Set(wanted.map((kind) => protoPackage(kind).slice('k8s.io.'.length).replaceAll('.', '/')));
  root.loadSync(
    [...groupFolders, 'apimachinery/pkg/apis/meta/v1', 'apimachinery/pkg/runtime'].map(
      (folder) => `k8s.io/${folder}/generated.proto`,
    ),
    { keepCase: true },
  );
  root.resolveAll();
  const kept = new Set<protobuf.Type>();
  const keep = (type: protobuf.Type): void => {
    if (kept.has(type)) return;
    kept.add(type);
    const tags = goFields(type);
    for (const field of type.fieldsArray) {
      const tag = tags.get(field.id);
      // Options travel with the descriptor: `inline` is a Go embedded struct, `keepZero` a zero that JSON would show.
      if (tag?.inline) field.setOption('(inline)', true);
      if (tag?.keepZero && isScalar(field)) field.setOption('(keepZero)', true);
      if (field.resolvedType instanceof protobuf.Type) keep(field.resolvedType);
    }
  };
  for (const kind of wanted) keep(root.lookupType(`${protoPackage(kind)}.${kind.kind}`));
  keep(root.lookupType('k8s.io.apimachinery.pkg.apis.meta.v1.DeleteOptions'));
  keep(root.lookupType('k8s.io.apimachinery.pkg.runtime.Unknown'));
  for (const type of allTypes(root)) if (!kept.has(type)) type.parent?.remove(type);
  return slimDescriptor(root.toJSON());
}

function protoPackage(kind: { group: string; version: string }): string {
  const short = kind.group === '' ? 'core' : (kind.group.split('.')[0] ?? '');
  return `k8s.io.api.${short}.${kind.version}`;
}

function isScalar(field: protobuf.Field): boolean {
  return field.resolvedType === null && !field.repeated && !field.map;
}

function allTypes(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((child) => [
    ...(child instanceof protobuf.Type ? [child] : []),
    ...(child instanceof protobuf.Namespace ? allTypes(child) : []),
  ]);
}

/** Without comments and file options. The edition (proto2) stays: it is what tells an explicit zero from none. */
function slimDescriptor(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(slimDescriptor);
  if (typeof value !== 'object' || value === null) return value;
  const out: Json = {};
  for (const [key, field] of Object.entries(value)) {
    if (PLAIN.has(key) || (key === 'options' && 'go_package' in object(field))) continue;
    out[key] = slimDescriptor(field);
  }
  return out;
}

/** Go's field tags by protobuf number: whether a field is embedded, and whether JSON shows its zero value. */
function goFields(type: protobuf.Type): Map<number, GoTag> {
  const folder = (type.parent?.fullName ?? '').replace(/^\.k8s\.io\./, '').replaceAll('.', '/');
  const known = structs.get(folder) ?? goStructs(folder);
  structs.set(folder, known);
  return known.get(type.name) ?? new Map();
}

function goStructs(folder: string): Map<string, Map<number, GoTag>> {
  const [module = '', ...rest] = folder.split('/');
  const path = join(cache, `${module}@${library}`, ...rest);
  const found = new Map<string, Map<number, GoTag>>();
  for (const file of readdirSync(path).filter((name) => name.endsWith('.go') && !name.includes('generated'))) {
    const text = readFileSync(join(path, file), 'utf8');
    for (const [, name = '', body = ''] of text.matchAll(/^type (\w+) struct \{\n(.*?)^\}/gms)) {
      const fields = new Map<number, GoTag>();
      for (const [, type = '', tags = ''] of body.matchAll(/^\t(?:\w+\s+)?(\S+)\s+`(.*)`/gm)) {
        const json = /json:"([^"]*)"/.exec(tags)?.[1] ?? '';
        const id = Number(/protobuf:"\w+,(\d+)/.exec(tags)?.[1] ?? 0);
        fields.set(id, {
          inline: json.startsWith(',inline') || json === '',
          keepZero: type.startsWith('*') || !json.includes('omitempty'),
        });
      }
      found.set(name, fields);
    }
  }
  return found;
}
