/** The OpenAPI schemas of the kinds, loaded once a process, when first asked for. */
import { readFileSync } from 'node:fs';

export type Schema = {
  type?: string;
  format?: string;
  $ref?: string;
  allOf?: Schema[];
  oneOf?: Schema[];
  properties?: { [name: string]: Schema };
  additionalProperties?: Schema | boolean;
  items?: Schema;
  required?: string[];
  'x-kubernetes-patch-merge-key'?: string;
  'x-kubernetes-patch-strategy'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string }[];
};

export type GroupVersionKind = { group: string; version: string; kind: string };

let loaded: { components: { [name: string]: Schema }; byKind: Map<string, string> } | undefined;

/** All components by name, such as `io.k8s.api.core.v1.Pod`. */
export const components = (): { [name: string]: Schema } => load().components;

/** The component's name for a kind; undefined when the generator was not told of it. */
export const componentOf = (kind: GroupVersionKind): string | undefined => load().byKind.get(keyOf(kind));

/** The schema of a kind, with references resolved one level. */
export const schemaOf = (kind: GroupVersionKind): Schema | undefined => {
  const name = componentOf(kind);
  return name === undefined ? undefined : components()[name];
};

const PREFIX = '#/components/schemas/';

/** The name of the component that a schema refers to, if it does. */
export const referenceOf = (schema: Schema): string | undefined => {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  return reference?.slice(PREFIX.length);
};

/** A schema with its reference followed. */
export const resolved = (schema: Schema): Schema => {
  const name = referenceOf(schema);
  return name === undefined ? schema : (components()[name] ?? {});
};

const keyOf = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

const load = (): NonNullable<typeof loaded> => {
  if (loaded === undefined) {
    const file = new URL('./schemas/openapi.json', import.meta.url);
    const document: { components: { schemas: { [name: string]: Schema } } } = JSON.parse(readFileSync(file, 'utf8'));
    const byKind = new Map<string, string>();
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      const [kind] = schema['x-kubernetes-group-version-kind'] ?? [];
      if (kind !== undefined) byKind.set(keyOf(kind), name);
    }
    loaded = { components: document.components.schemas, byKind };
  }
  return loaded;
};
