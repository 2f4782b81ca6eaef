/** The trust policy of a role of a grant: by the author, with what session tags off needs beside it. */
import { PolicyMalformed } from '../policy/index.ts';
import {
  author,
  DoesNotFit,
  isOurs,
  MixedAccounts,
  NamesInvalid,
  NotExact,
  NothingAsked,
  type WrittenTrust,
  type WrittenTrustStatement,
} from '../trust/author/index.ts';
import { presentOf } from '../trust/author/present.ts';
import { freeSids } from '../trust/author/statement.ts';
import { ReachUndecided } from '../trust/reach/index.ts';
import { charactersOf } from './permission-problems.ts';
import type { Party } from './resolved.ts';
import { isTagless, taglessStatements } from './tagless-trust.ts';

export type TrustAsked = {
  readonly parties: readonly Party[];
  readonly role: { readonly account: string; readonly partition: string; readonly roleArn: string };
  /** The present policy, of a role that others have a say in: their statements stay. */
  readonly into?: string | undefined;
  /** "Role trust policy length", in characters. */
  readonly quota: number;
};

/**
 * The text that admits every party and nobody else; or why there is none, as a sentence, with the name of the author's
 * error. Each party comes through a role of its own, so that what is exact for each is exact for all.
 */
export const renderTrust = (
  asked: TrustAsked,
): { readonly text: string } | { readonly refused: string; readonly reason: string } => {
  try {
    const text = JSON.stringify(documentOf(asked));
    const characters = charactersOf(text);
    if (characters <= asked.quota) return { text };
    return {
      reason: 'DoesNotFit',
      refused: `The trust policy has ${characters} characters, and the quota is ${asked.quota}: share the role less, or raise the quota.`,
    };
  } catch (error) {
    if (isRefusal(error)) return { reason: error.name, refused: error.message };
    throw error;
  }
};

const documentOf = ({ parties, role, into, quota }: TrustAsked): WrittenTrust => {
  const present = presentOf(into);
  const kept: WrittenTrust = {
    Version: present.version,
    ...(present.id !== undefined && { Id: present.id }),
    Statement: [
      ...present.foreign.filter((statement) => !isTagless(statement)),
      ...taglessStatements(parties, role.account),
    ],
  };
  const authored = parties
    .filter(({ tagged }) => tagged.length > 0)
    .flatMap(({ tagged, sourceRoleArn }) => {
      const wish = { identities: tagged, role, quota, ...(sourceRoleArn !== undefined && { sourceRoleArn }) };
      return author(kept.Statement.length === 0 ? wish : { ...wish, into: kept }).document.Statement.filter(isOurs);
    });
  const taken = new Set(kept.Statement.flatMap(({ Sid }) => (typeof Sid === 'string' ? [Sid] : [])));
  const sids = freeSids(authored.length, taken);
  const ours = authored.map((statement, place): WrittenTrustStatement => ({ ...statement, Sid: sids[place] }));
  const all = [...kept.Statement, ...ours];
  if (all.length === 0) throw new NothingAsked('Nobody is asked for, and a policy must have a statement.');
  return { ...kept, Statement: all };
};

const isRefusal = (error: unknown): error is Error =>
  [DoesNotFit, MixedAccounts, NamesInvalid, NotExact, NothingAsked, PolicyMalformed, ReachUndecided].some(
    (refusal) => error instanceof refusal,
  );
