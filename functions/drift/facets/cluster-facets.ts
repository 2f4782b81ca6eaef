/** A cluster as it was read, by facets: whether it is there, whether pods can get credentials, whether podid can see and act. */
import * as z from 'zod';
import { setupLost } from '../../kubernetes-setup.ts';
import type { Read } from './read.ts';

const NONE = z.strictObject({ kind: z.literal('none') });
const DAEMON_SET = z.strictObject({ kind: z.literal('daemon-set'), ready: z.boolean() });

export const SeenControl = z.discriminatedUnion('present', [
  z.strictObject({ present: z.literal(false) }),
  z.strictObject({
    present: z.literal(true),
    /** Another one when a cluster of the same name was made again. ISO 8601. */
    createdAt: z.string(),
    /** The Pod Identity agent; `built-in` with Auto Mode, which has neither add-on nor DaemonSet. Absent: nobody could read it. */
    agent: z
      .discriminatedUnion('kind', [
        NONE,
        z.strictObject({ kind: z.literal('built-in') }),
        /** `status` as DescribeAddon has it. */
        z.strictObject({ kind: z.literal('add-on'), status: z.string() }),
        DAEMON_SET,
      ])
      .optional(),
    /** The access entries of our functions' roles. Absent: nobody could read them. */
    access: z.array(z.strictObject({ principalArn: z.string(), groups: z.array(z.string()) })).optional(),
    /** What of `infra/kubernetes` is there, in the lines of `functions/kubernetes-setup.ts`. Absent: nobody could ask the API server. */
    rbac: z.array(z.string()).optional(),
  }),
]);
export type SeenControl = z.infer<typeof SeenControl>;
type Present = Extract<SeenControl, { present: true }>;

/** What the cluster's own API server says, of which EKS knows nothing; a part that it wasn't to be had of is absent. */
export const SeenInside = z.strictObject({
  agent: z.discriminatedUnion('kind', [NONE, DAEMON_SET]).optional(),
  /** None: also where it knows us and lets us see nothing. */
  rbac: z.array(z.string()).optional(),
});
export type SeenInside = z.infer<typeof SeenInside>;

/**
 * Both together. An add-on and Auto Mode need no look at DaemonSets; that EKS knows of no agent says nothing by itself.
 * @param asker Who has asked the API server: without its group there it sees nothing, which is the access entry's fault and not RBAC's
 */
export const withInside = (
  seen: SeenControl,
  inside: SeenInside,
  asker: { readonly principalArn: string; readonly group: string },
): SeenControl => {
  if (!seen.present) return seen;
  const { agent: known, rbac: _, ...rest } = seen;
  const agent = known === undefined || known.kind === 'none' ? inside.agent : known;
  const rbac = inside.rbac?.length === 0 && !isLetIn(rest, asker) ? undefined : inside.rbac;
  return { ...rest, ...(agent !== undefined && { agent }), ...(rbac !== undefined && { rbac }) };
};

export const facetsOfCluster = (seen: SeenControl): Read => {
  if (!seen.present) return { facets: {}, unread: [] };
  const facets: Record<string, string> = { exists: seen.createdAt };
  const agent = seen.agent && agentText(seen.agent);
  if (agent !== undefined) facets.agent = agent;
  if (seen.access !== undefined && seen.access.length > 0) facets.access = accessText(seen.access);
  if (seen.rbac !== undefined && seen.rbac.length > 0) facets.rbac = rbacText(seen.rbac);
  const unread = (['agent', 'access', 'rbac'] as const).filter((each) => seen[each] === undefined);
  return { facets, unread };
};

/** One line a principal and group, in order. A principal without groups has one line, too. */
export const accessText = (access: NonNullable<Present['access']>): string =>
  linesText(
    access.flatMap(({ principalArn, groups }) => [principalArn, ...groups.map((group) => `${principalArn} ${group}`)]),
  );

export const rbacText = (allowed: readonly string[]): string => linesText(allowed);

/** The lines of `wanted` that `is` lacks. */
export const linesLost = (wanted: string, is: string): readonly string[] => {
  const there = new Set(is.split('\n'));
  return wanted.split('\n').filter((line) => !there.has(line));
};

/** The lines of what podid was set up with that nothing of `is` stands for. */
export const setupLinesLost = (wanted: string, is: string): readonly string[] =>
  setupLost(wanted.split('\n'), is.split('\n'));

/** What an agent's text begins with that doesn't serve every pod. */
export const DEGRADED = 'degraded';

/** While an add-on is made or updated its pods are replaced one by one, and it goes on serving. */
const WORKING = new Set(['ACTIVE', 'CREATING', 'UPDATING']);

const agentText = (agent: NonNullable<Present['agent']>): string | undefined => {
  if (agent.kind === 'none') return undefined;
  if (agent.kind === 'add-on') return WORKING.has(agent.status) ? 'add-on' : `${DEGRADED} add-on: ${agent.status}`;
  if (agent.kind === 'daemon-set') return agent.ready ? 'daemon-set' : `${DEGRADED} daemon-set: not ready`;
  return agent.kind;
};

/** Where nobody could read the entries, it may be. */
const isLetIn = (
  { access }: Pick<Present, 'access'>,
  { principalArn, group }: { readonly principalArn: string; readonly group: string },
): boolean =>
  access === undefined || access.some((entry) => entry.principalArn === principalArn && entry.groups.includes(group));

const linesText = (lines: readonly string[]): string => [...new Set(lines)].toSorted().join('\n');
