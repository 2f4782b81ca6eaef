/** An account as the spokes see it, a hub's table, and every question that a sweep asks of the one and every hint that it gives. */
import type { AssociationState } from '../../../../functions/association.ts';
import { Config } from '../../../../functions/config.ts';
import type { ObjectRef, SeenChange } from '../../../../functions/drift/contract.ts';
import { hint } from '../../../../functions/drift/hints.ts';
import { OBJECT_SCHEMAS, placeOf } from '../../../../functions/drift/kept.ts';
import { objectKey } from '../../../../functions/drift/object.ts';
import type { Sweeping } from '../../../../functions/drift/sweep/asking.ts';
import {
  DescribeAssociationsInput,
  ListAssociationsInput,
  ListRolesInput,
  ListServiceAccountsInput,
  type ListServiceAccountsOutput,
  LookupEventsInput,
  type SweepRef,
} from '../../../../functions/drift/sweep/contract.ts';
import { digestWithoutVersions } from '../../../../functions/drift/sweep/role-digest.ts';
import type { WorkloadIdentity } from '../../../../functions/identity.ts';
import { irsaUseOf } from '../../../../functions/irsa.ts';
import { openStore } from '../../../../functions/store/index.ts';
import { type Dynamo, startDynamo } from '../../store/dynalite.ts';

export const ACCOUNT = '111122223333';
export const CLUSTER = { account: ACCOUNT, region: 'eu-west-1', cluster: 'payments' };
export const roleArn = (name: string): string => `arn:aws:iam::${ACCOUNT}:role/${name}`;
export const identity = (serviceAccount: string): WorkloadIdentity => ({
  ...CLUSTER,
  namespace: 'checkout',
  serviceAccount,
});
export const keyOf = (serviceAccount: string): string =>
  objectKey({ object: 'association', identity: identity(serviceAccount) });

export const config = (change: object = {}): Config =>
  Config.parse({
    hub: { account: '999988887777', region: 'eu-west-1' },
    spokes: [
      {
        name: 'payments',
        account: ACCOUNT,
        clusters: [{ name: 'payments', region: 'eu-west-1' }],
        managedRoles: ['managed-*'],
      },
    ],
    sweep: { describeHours: 24, describesPerSecond: 10 },
    ...change,
  });

const PAGE = 3;
const PAST_FIRST = { startedAt: '2026-03-01T00:00:00.000Z', completedAt: '2026-03-01T00:00:01.000Z' };

export type World = Awaited<ReturnType<typeof startWorld>>;

export const startWorld = async (change: object = {}) => {
  const dynamo: Dynamo = await startDynamo();
  const store = openStore(dynamo.client);
  const objects = store.objects(OBJECT_SCHEMAS);
  const associations = new Map<string, { identity: WorkloadIdentity; state: AssociationState }>();
  const roles = new Map<string, Record<string, string>>();
  const policies = new Map<string, string>();
  const annotated = new Map<string, ListServiceAccountsOutput['serviceAccounts'][number]>();
  const history: { name: string; record: string }[] = [];
  const questions: { called: string; input: unknown }[] = [];
  let hinted: string[] = [];
  let [time, cluster, failAt] = [Date.parse('2026-03-10T00:00:00.000Z'), 'present' as 'present' | 'gone', Infinity];
  let during: (() => void) | undefined;
  let hasTime = () => true;
  const now = () => new Date(time);

  const page = <Thing>(things: readonly Thing[], next: string | undefined) => {
    const from = Number(next ?? 0);
    const to = from + PAGE;
    return { some: things.slice(from, to), ...(to < things.length && { next: String(to) }) };
  };

  const answer = (called: string, input: unknown): unknown => {
    switch (called) {
      case 'list-associations': {
        const { next } = ListAssociationsInput.parse(input);
        if (cluster === 'gone') return { status: 'gone', associations: [] };
        const { some, ...rest } = page([...associations.values()], next);
        const summaries = some.map(({ identity: { namespace, serviceAccount }, state: { associationId } }) => ({
          associationId,
          namespace,
          serviceAccount,
        }));
        return { status: 'present', associations: summaries, ...(next === undefined && { issuer: 'oidc/1' }), ...rest };
      }
      case 'describe-associations': {
        const { ids } = DescribeAssociationsInput.parse(input);
        return { associations: ids.flatMap((id) => associations.get(id) ?? []), readAt: now().toISOString() };
      }
      case 'list-service-accounts': {
        const { some, ...rest } = page([...annotated.values()], ListServiceAccountsInput.parse(input).next);
        return { serviceAccounts: some, ...rest };
      }
      case 'list-roles': {
        const { next } = ListRolesInput.parse(input);
        const { some, ...rest } = page([...roles], next);
        const listed = some.map(([name, facets]) => ({
          roleArn: roleArn(name),
          digest: digestWithoutVersions(facets),
        }));
        // Policies stand on pages of their own: the last.
        return { roles: listed, policies: rest.next === undefined ? Object.fromEntries(policies) : {}, ...rest };
      }
      default: {
        const { eventNames, from, to, cursor } = LookupEventsInput.parse(input);
        const found = history.filter(({ name, record }) => {
          const at = new Date(JSON.parse(record).eventTime ?? from).toISOString();
          return eventNames.includes(name) && at >= from && at <= to;
        });
        const { some, next } = page(found, cursor?.next);
        return { records: some.map(({ record }) => record), ...(next !== undefined && { cursor: { name: 0, next } }) };
      }
    }
  };

  const around: Sweeping = {
    store,
    objects,
    config: config(change),
    now,
    hasTime: () => hasTime(),
    ask: async (called, _place, input) => {
      questions.push({ called, input });
      if (questions.length === failAt) throw Object.assign(new Error('by the test'), { name: 'Throttled' });
      const given = JSON.parse(JSON.stringify(answer(called, input)));
      during?.();
      during = undefined;
      return given;
    },
    hint: async (ref: ObjectRef, seen?: SeenChange) => {
      hinted.push(objectKey(ref));
      return hint({ objects, config: config(change), now, start: async () => true }, ref, seen);
    },
  };

  return {
    dynamo,
    store,
    objects,
    around,
    associations,
    roles,
    policies,
    history,
    questions,
    now,
    /** What was hinted since it was last asked, sorted, without the cluster itself. */
    hints: (): string[] => {
      const so = hinted.filter((key) => key !== objectKey({ object: 'cluster', cluster: CLUSTER })).sort();
      hinted = [];
      return so;
    },
    allHints: (): string[] => hinted,
    pass: (hours: number) => {
      time += hours * 3_600_000;
    },
    sweep: (): SweepRef => ({
      id: `s-${time}`,
      startedAt: now().toISOString(),
      until: new Date(time + 5 * 3_600_000).toISOString(),
    }),
    clusterGoes: () => {
      cluster = 'gone';
    },
    /** The n-th question from now on fails; without a number none does. */
    failAt: (nth = Infinity) => {
      failAt = questions.length + nth;
    },
    /** What happens right after the next question was answered. */
    during: (run: () => void) => {
      during = run;
    },
    timeFor: (some: number) => {
      let left = some;
      hasTime = () => {
        left -= 1;
        return left > 0;
      };
    },
    associate: (name: string, given: Partial<AssociationState> = {}) => {
      const state = {
        associationId: `a-${name}`,
        associationArn: `arn:aws:eks:eu-west-1:${ACCOUNT}:podidentityassociation/payments/a-${name}`,
        roleArn: roleArn('orders'),
        disableSessionTags: false,
        createdAt: now().toISOString(),
        modifiedAt: now().toISOString(),
        ...given,
      };
      associations.set(state.associationId, { identity: identity(name), state });
    },
    /** The service account asks for a role by IRSA; for none any more without one. */
    annotate: (serviceAccount: string, role: string | undefined) => {
      const irsa = role === undefined ? undefined : irsaUseOf({ 'eks.amazonaws.com/role-arn': role });
      if (irsa === undefined) annotated.delete(serviceAccount);
      else annotated.set(serviceAccount, { namespace: 'checkout', serviceAccount, irsa });
    },
    /** As reconcile keeps a role that it has read. */
    reconciled: async (name: string, facets: Record<string, string>) => {
      const ref = { object: 'role' as const, roleArn: roleArn(name) };
      const { revision } = await objects.read(objectKey(ref));
      await objects.keep(placeOf(ref), { ref, fights: {}, facets, readAt: now().toISOString() }, revision);
    },
    sweptBefore: () => store.clusters.keepSwept({ cluster: CLUSTER, ...PAST_FIRST }),
    goneAt: async (name: string) => (await store.associations.lastKnown(CLUSTER, `a-${name}`))?.gone,
  };
};
