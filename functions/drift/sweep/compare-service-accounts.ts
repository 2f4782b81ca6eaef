/** A complete listing of the service accounts that ask for a role by IRSA beside what the one before has shown. Pure. */
import { type ClusterRef, identityKey } from '../../identity.ts';
import { sameUse } from '../../irsa.ts';
import type { IrsaRow } from '../../store/service-accounts.ts';
import type { ListServiceAccountsOutput } from './contract.ts';

export type ListedUser = ListServiceAccountsOutput['serviceAccounts'][number];

/** A row to write in the place of its `version`; 0: nobody knew the service account. */
export type ChangedUser = { readonly row: Omit<IrsaRow, 'version'>; readonly version: number };

/** @param known As they were read before the first page was asked for, those that ask no more among them. @param at When that was */
export const compareServiceAccounts = (
  cluster: ClusterRef,
  known: readonly IrsaRow[],
  listed: readonly ListedUser[],
  at: string,
): ChangedUser[] => {
  const before = new Map(known.map((row) => [identityKey(row.identity), row]));
  const present = new Map(
    listed.map(({ namespace, serviceAccount, irsa }) => {
      const identity = { ...cluster, namespace, serviceAccount };
      return [identityKey(identity), { identity, irsa }] as const;
    }),
  );
  const changed = [...present].flatMap(([key, user]): ChangedUser[] => {
    const was = before.get(key);
    const isSame = was !== undefined && was.gone === undefined && sameUse(was.irsa, user.irsa);
    return isSame ? [] : [{ row: { ...user, since: at }, version: was?.version ?? 0 }];
  });
  const gone = known.flatMap(({ version, ...row }): ChangedUser[] =>
    row.gone !== undefined || present.has(identityKey(row.identity)) ? [] : [{ row: { ...row, gone: at }, version }],
  );
  return [...changed, ...gone];
};
