/** The cases of detect.json, read: `@name` stands for one of its documents, `@@name` for a session deny. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { renderDeny } from '../../../../functions/abac/session-deny.ts';
import { type ObjectRef, OpenIntent, SeenChange, Snapshot } from '../../../../functions/drift/contract.ts';
import { canonicalPolicy } from '../../../../functions/drift/facets/index.ts';

const Values = z.record(z.string(), z.string().nullable());

const Case = z.strictObject({
  why: z.string(),
  object: z.enum(['role', 'association', 'cluster']),
  is: z.record(z.string(), z.string()),
  wanted: Values,
  closed: z.array(z.string()).default([]),
  also: Values.optional(),
  unread: z.array(z.string()).default([]),
  complete: z.boolean().optional(),
  before: z.record(z.string(), z.string()).optional(),
  conflicts: z.record(z.string(), z.array(z.string())).default({}),
  changes: z.array(SeenChange).default([]),
  intents: z.array(OpenIntent).default([]),
  /** `Reason severity subject`, in the order in which they are told. */
  finds: z.array(z.string()),
  /** Reasons whose innocent neighbour this is. */
  spares: z.array(z.string()).default([]),
  witness: z.record(z.string(), z.string()).optional(),
  shouldBe: Values.optional(),
});
export type Case = z.infer<typeof Case>;

const file = path.join(import.meta.dirname, 'detect.json');
const Table = z.strictObject({ documents: z.record(z.string(), z.unknown()), cases: z.array(Case) });
const { documents, cases } = Table.parse(JSON.parse(readFileSync(file, 'utf8')));
export const CASES = cases;

export const NOW = '2026-11-21T13:00:00Z';
export const ROLE_ARN = 'arn:aws:iam::222222222222:role/checkout-api';
export const IDENTITY = {
  account: '222222222222',
  region: 'eu-west-1',
  cluster: 'payments',
  namespace: 'checkout',
  serviceAccount: 'api',
};
const { account, region, cluster } = IDENTITY;
const REFS: Readonly<Record<Case['object'], ObjectRef>> = {
  role: { object: 'role', roleArn: ROLE_ARN },
  association: { object: 'association', identity: IDENTITY },
  cluster: { object: 'cluster', cluster: { account, region, cluster } },
};

const deny = (change: object = {}): string =>
  renderDeny({ identity: IDENTITY, roleArn: ROLE_ARN, form: 'tags', ...change });
const DENIES: Readonly<Record<string, string>> = {
  deny: deny(),
  'deny-until-9': deny({ issuedBefore: '2026-11-21T09:00:00Z' }),
  'deny-until-10': deny({ issuedBefore: '2026-11-21T10:00:00Z' }),
  'deny-of-another': deny({ identity: { ...IDENTITY, serviceAccount: 'other' } }),
};

/** @throws when the table names something that isn't in it */
export const meant = <Value extends string | null | undefined>(value: Value): Value | string => {
  if (!value?.startsWith('@')) return value;
  const isDeny = value.startsWith('@@');
  const text = isDeny ? DENIES[value.slice(2)] : JSON.stringify(documents[value.slice(1)]);
  if (text === undefined) throw new Error(`no document ${value}`);
  return isDeny ? text : canonicalPolicy(text);
};

export const snapshotOf = (given: Case): Snapshot => {
  const by = [{ kind: 'grant', id: 'g-1', version: 1 }];
  const wish = ([facet, value]: readonly [string, string | null]) => ({ facet, value: meant(value), by });
  const valued = <Of extends { readonly value?: string | null | undefined }>(one: Of) => ({
    ...one,
    value: meant(one.value),
  });
  return Snapshot.parse({
    ref: REFS[given.object],
    now: NOW,
    actual: {
      readAt: NOW,
      complete: given.complete ?? given.unread.length === 0,
      unread: given.unread,
      facets: Object.fromEntries(Object.entries(given.is).map(([facet, value]) => [facet, meant(value)])),
    },
    desired: {
      wanted: Object.entries(given.wanted).map(wish),
      closed: given.closed,
      conflicts: Object.entries(given.conflicts).map(([facet, values]) => ({
        facet,
        values: values.map((value) => wish([facet, value])),
      })),
      ...(given.also && {
        also: Object.entries(given.also).map(([facet, value]) => ({ facet, value: meant(value) })),
      }),
    },
    intents: given.intents.map(valued),
    changes: given.changes.map(valued),
    ...(given.before && { before: given.before }),
  });
};
