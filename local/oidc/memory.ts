/** What the provider remembers: codes, sessions, tokens; in this process, for as long as it runs. */
import type { Adapter, Stored } from 'oidc-provider';

type Row = { readonly stored: Stored; readonly endsAt: number };

/** A memory for one provider, by kind of thing. There are a few dozen rows at most, so they are looked through. */
export const memory = (now: () => number): ((kind: string) => Adapter) => {
  const kinds = new Map<string, Map<string, Row>>();
  const rowsOf = (kind: string): Map<string, Row> => {
    const rows = kinds.get(kind) ?? new Map<string, Row>();
    kinds.set(kind, rows);
    for (const [id, { endsAt }] of rows) if (endsAt <= now()) rows.delete(id);
    return rows;
  };
  return (kind) => {
    const found = (is: (stored: Stored) => boolean) =>
      [...rowsOf(kind).values()].find(({ stored }) => is(stored))?.stored;
    return {
      upsert: async (id, stored, seconds) => {
        rowsOf(kind).set(id, {
          stored,
          endsAt: seconds === undefined ? Number.POSITIVE_INFINITY : now() + seconds * 1000,
        });
      },
      find: async (id) => rowsOf(kind).get(id)?.stored,
      findByUid: async (uid) => found((stored) => stored.uid === uid),
      findByUserCode: async (userCode) => found((stored) => stored.userCode === userCode),
      consume: async (id) => {
        const row = rowsOf(kind).get(id);
        if (row !== undefined) row.stored.consumed = Math.floor(now() / 1000);
      },
      destroy: async (id) => {
        rowsOf(kind).delete(id);
      },
      revokeByGrantId: async (grantId) => {
        const rows = rowsOf(kind);
        for (const [id, { stored }] of rows) if (stored.grantId === grantId) rows.delete(id);
      },
    };
  };
};
