/** What each verb does to a resource: the heart of the API, after authentication and authorization. */
import { type Answer, type Call, change, deleteOptions, objectIn, type Sources, writeOptions } from './call.ts';
import { deleteObject } from './deletion.ts';
import { findResource, type Kind, REVIEWS } from './kinds.ts';
import { page, selection } from './list.ts';
import { formOf, representList, representOne } from './represent.ts';
import { review } from './reviews.ts';
import { methodNotAllowed, noSuchPath, success } from './status.ts';
import { subresource } from './subresources.ts';
import { watch } from './watch.ts';

/** @throws ApiError */
export const answerResource = async (sources: Sources, call: Call): Promise<Answer> => {
  const { registry, now } = sources;
  const { resource, info } = call;
  const { group, version, plural, namespace, name } = resource;
  if (REVIEWS.some((entry) => entry.group === group && entry.plural === plural && entry.version === version)) {
    if (resource.verb !== 'create') throw methodNotAllowed();
    const { store } = registry;
    return { code: 201, body: await review({ store, tokens: sources.tokens }, plural, call.user, objectIn(call.body)) };
  }
  const kind = findResource(group, version, plural);
  if (kind === undefined) throw noSuchPath();
  if (resource.subresource !== '') return subresource(sources, kind, call);
  const form = formOf(call.accept, info.query);
  const inside = kind.namespaced ? namespace : undefined;
  switch (resource.verb) {
    case 'get':
      return { code: 200, body: representOne(kind, registry.get(kind, inside, name), form, now()) };
    case 'list': {
      const { items, metadata } = page(registry.store, kind, inside ?? '', info.query);
      return { code: 200, body: representList(kind, items, form, metadata, now()) };
    }
    case 'watch': {
      const request = {
        kind,
        namespace: inside ?? '',
        wanted: selection(kind, info.query, name),
        query: info.query,
        form,
      };
      return { stream: (response) => watch(registry.store, now, request, response) };
    }
    case 'create': {
      if (name !== '' || inside === '') throw methodNotAllowed();
      const { object, warnings } = registry.create(kind, inside, objectIn(call.body, kind), writeOptions(info.query));
      return { code: 201, body: representOne(kind, object, form, now()), warnings };
    }
    case 'update':
    case 'patch':
      return change(sources, kind, call, form);
    case 'delete':
      return remove(sources, kind, inside, name, call);
    case 'deletecollection': {
      const { items, metadata } = page(registry.store, kind, inside ?? '', info.query);
      const options = deleteOptions(call);
      for (const item of items) deleteObject(registry, kind, item.metadata.namespace, item.metadata.name, options);
      return { code: 200, body: representList(kind, items, form, metadata, now()) };
    }
    default:
      throw methodNotAllowed();
  }
};

const remove = (
  { registry, now }: Sources,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  call: Call,
): Answer => {
  const { object, gone } = deleteObject(registry, kind, namespace, name, deleteOptions(call));
  if (!gone || kind.plural === 'pods') {
    return { code: 200, body: representOne(kind, object, formOf(call.accept, call.info.query), now()) };
  }
  const { uid } = object.metadata;
  return {
    code: 200,
    body: success({ name, ...(kind.group === '' ? {} : { group: kind.group }), kind: kind.plural, uid }),
  };
};
