/** A grant as rows: a head that changes, what it refers to and never changes, and pointers by which it is found. Pure. */
import * as z from 'zod';
import { Instant } from '../association.ts';
import { type ClusterRef, identityKey, namespaceKey } from '../identity.ts';
import { instant } from './row.ts';
import type { Item } from './table.ts';
import { TextRef } from './texts.ts';

/** What the store has to see of a grant. The whole of it is a floor above: its schema is handed in by who keeps it. */
export type KeptGrant = {
  readonly id: string;
  readonly state: string;
  /** Only ever added to, as the history. */
  readonly versions: readonly KeptVersion[];
  readonly pending?: { readonly stage: string; readonly lapseAt: string } | undefined;
  readonly history: readonly unknown[];
};

export type KeptVersion = {
  readonly at: string;
  readonly requestedBy: { readonly subject: string };
  readonly wish: {
    readonly clusters: readonly ClusterRef[];
    readonly namespace: string;
    readonly serviceAccount: string;
    /** A role's ARN, or a word. */
    readonly source: { readonly role: string };
    readonly targets: readonly { readonly role: string }[];
    readonly team: string;
  };
};

export const GrantHead = z.object({
  /** The grant without its versions and its history: these are texts, since 20 versions of 150 kB are no row. */
  grant: z.record(z.string(), z.unknown()),
  versions: z.array(TextRef).min(1),
  history: z.array(TextRef),
  begunAt: Instant,
  /** 1, 2, 3, …: raised with each write; guards read-modify-write. */
  revision: z.int().min(1),
});
export type GrantHead = z.infer<typeof GrantHead>;

export const grantPk = (id: string): string => `GRANT#${id}`;
export const headKey = (id: string) => ({ pk: grantPk(id), sk: 'HEAD' });

/** The partitions of pointers. None can be that of a grant, whose id begins with `g-`. */
export const LISTS = {
  all: 'GRANT#all',
  team: (team: string): string => `GRANT#team#${team}`,
  person: (subject: string): string => `GRANT#person#${subject}`,
  identity: (key: string): string => `GRANT#identity#${key}`,
  namespace: (key: string): string => `GRANT#namespace#${key}`,
  role: (roleArn: string): string => `GRANT#role#${roleArn}`,
} as const;

/** The partitions of the indexes: they follow what a grant is now. */
export const stateIndexPk = (state: string): string => `GRANT#${state}`;
export const WAITING = 'GRANT#waiting';

/** When it was first asked for. */
export const begunAt = (grant: KeptGrant): string => instant(grant.versions[0]?.at ?? '');

export const isWaiting = ({ pending }: KeptGrant): boolean => pending?.stage === 'awaiting-approval';

/** The head, in the index of its state, and in that of what waits for approval, by when it lapses. */
export const headItem = (grant: KeptGrant, head: GrantHead): Item => ({
  ...headKey(grant.id),
  ...head,
  gsiTimePk: stateIndexPk(grant.state),
  gsiTimeSk: `${head.begunAt}#${grant.id}`,
  ...(isWaiting(grant) && { duePk: WAITING, dueSk: `${instant(grant.pending?.lapseAt ?? '')}#${grant.id}` }),
});

/** What points to the grant because of these versions: everybody whom they are about, at any time. */
export const pointersFor = (grant: KeptGrant, versions: readonly KeptVersion[]): readonly Item[] => {
  const lists = versions.flatMap(({ wish, requestedBy }) => {
    const { clusters, namespace, serviceAccount, team } = wish;
    const roles = [wish.source, ...wish.targets].map(({ role }) => role).filter((role) => role.startsWith('arn:'));
    return [
      LISTS.all,
      LISTS.team(team),
      LISTS.person(requestedBy.subject),
      ...clusters.map(({ account, region, cluster }) =>
        LISTS.identity(identityKey({ account, region, cluster, namespace, serviceAccount })),
      ),
      ...clusters.map((cluster) => LISTS.namespace(namespaceKey({ ...cluster, namespace }))),
      ...roles.map(LISTS.role),
    ];
  });
  return [...new Set(lists)].map((list) => pointer(list, grant));
};

export const pointer = (list: string, grant: KeptGrant): Item => ({
  pk: list,
  sk: `${begunAt(grant)}#${grant.id}`,
  id: grant.id,
});
