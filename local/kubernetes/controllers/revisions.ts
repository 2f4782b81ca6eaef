/** ControllerRevisions: the pod templates that StatefulSets and DaemonSets had, one a revision. */
import { deleteObject } from '../deletion.ts';
import { asJson } from '../json.ts';
import { kindOf } from '../kinds.ts';
import {
  type ControllerRevision,
  type DaemonSet,
  keyOf,
  type PodTemplate,
  type StatefulSet,
  typed,
} from '../objects.ts';
import type { Registry } from '../registry.ts';
import { managed, ownerReference, templateHash } from './owned.ts';

/** The label on pods that says which revision they are of. */
export const REVISION_LABEL = 'controller-revision-hash';

type Plural = 'statefulsets' | 'daemonsets';

/** The revision of the present template: made when it is new, made the newest when it is wanted again. */
export const currentRevision = (
  registry: Registry,
  plural: Plural,
  owner: StatefulSet | DaemonSet,
): ControllerRevision => {
  const { namespace, name, labels } = owner.metadata;
  const { template } = owner.spec;
  const revisions = managed(registry.store, 'controllerrevisions', owner);
  const hash = templateHash(template);
  const newest = Math.max(0, ...revisions.map(({ revision }) => revision));
  const existing = revisions.find((revision) => revision.metadata.name === `${name}-${hash}`);
  if (existing === undefined) {
    const made = registry.create(
      kindOf('controllerrevisions'),
      namespace,
      asJson({
        metadata: {
          name: `${name}-${hash}`,
          labels: { ...labels, ...template.metadata?.labels, [REVISION_LABEL]: hash },
          ownerReferences: [ownerReference(plural, owner)],
        },
        // `$patch: replace`: kubectl rollout undo sends the data back as a strategic merge patch.
        data: { spec: { template: { ...template, $patch: 'replace' } } },
        revision: newest + 1,
      }),
    );
    return typed('controllerrevisions', made.object);
  }
  if (existing.revision === newest) return existing;
  const revision = newest + 1;
  return (
    registry.amend('controllerrevisions', keyOf(existing.metadata), (stored) => ({ ...stored, revision })) ?? existing
  );
};

/** The template of a revision that some pods may still have to be made from. */
export const templateOf = (registry: Registry, namespace: string, name: string): PodTemplate | undefined => {
  const revision = registry.store.get('controllerrevisions', `${namespace}/${name}`);
  if (revision === undefined) return undefined;
  const { template } = revision.data.spec;
  return {
    ...(template.metadata === undefined ? {} : { metadata: template.metadata }),
    spec: template.spec,
  };
};

/** Deletes the oldest revisions beyond the limit that no pod is of. */
export const forgetRevisions = (
  registry: Registry,
  owner: StatefulSet | DaemonSet,
  inUse: ReadonlySet<string | undefined>,
): void => {
  const limit = owner.spec.revisionHistoryLimit ?? 10;
  const spare = managed(registry.store, 'controllerrevisions', owner)
    .filter((revision) => !inUse.has(revision.metadata.name))
    .sort((a, b) => a.revision - b.revision);
  for (const revision of spare.slice(0, Math.max(0, spare.length - limit))) {
    deleteObject(registry, kindOf('controllerrevisions'), revision.metadata.namespace, revision.metadata.name);
  }
};
