/** What is there before a wish is judged: read in the accounts where somebody can, else told as not read. */
import type * as z from 'zod';
import type { GrantFacts } from '../../grants/guardrails/index.ts';
import {
  currentOf,
  type Grant,
  type GrantWish,
  type Remark,
  resolve,
  rolesToRead,
  type Seen,
  type SeenRole,
} from '../../grants/index.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { SurveyInput, SurveyOutput } from '../contract.ts';
import { policiesToRead, rolesBeyond } from '../planning/beyond.ts';
import type { Survey as SurveyAsked } from '../planning/contract.ts';
import { allOf, countsFor, type Facts } from '../planning/machine.ts';
import { existingRolesOf, firstSurveys, furtherSurveys, seenIn } from '../planning/surveys.ts';
import type { Doing } from './doing.ts';

/** Asks a spoke. @throws Failure where nobody answers */
export type Survey = (asked: {
  readonly account: string;
  readonly region: string;
  readonly input: z.infer<typeof SurveyInput>;
}) => Promise<SurveyOutput>;

export type Looked = Facts & {
  readonly counts: GrantFacts['counts'];
  readonly unread: readonly Remark[];
  /** Somebody should have answered and didn't: later it may be read. */
  readonly temporary: boolean;
};

export type Wished = {
  readonly grantId: string;
  readonly version: number;
  readonly wish: GrantWish;
  readonly before: Grant;
};

/** Accounts that are asked at the same time. */
const AT_ONCE = 10;
/** As many rounds as the machine takes: the wish, the policies of existing roles, and where these lead. */
const MOST_ROUNDS = 4;

/** Looks at everything that a wish concerns, as the machine does before it carries it out. */
export const look = async (doing: Doing, wished: Wished): Promise<Looked> => {
  const { store, config, survey } = doing;
  const existing = existingRolesOf(wished.wish);
  const [made, sharers, neighbours, read] = await Promise.all([
    store.made.standing(wished.grantId),
    inBatches(existing, AT_ONCE, (role) => allOf((cursor) => store.grants.ofRole(role, cursor))),
    inBatches(existing, AT_ONCE, store.associations.ofRole),
    survey === undefined ? NOBODY : surveyed(doing, survey, wished),
  ]);
  const known = { made, associations: neighbours.flat().map(({ identity, state }) => ({ identity, state, tags: {} })) };
  const { seen, documents } = seenIn(read.outputs, known);
  const others = new Map(sharers.flat().map((each) => [each.id, each]));
  others.delete(wished.grantId);
  const { grantId, version, wish } = wished;
  const facts = {
    grantId,
    version,
    wish,
    config,
    documents,
    seen: survey === undefined ? { ...seen, roles: unmade(doing, wished) } : seen,
    grants: [...others.values()],
  };
  const counts = await countsFor({ grants: store.grants }, facts);
  return { ...facts, counts, unread: read.unread, temporary: survey !== undefined && read.unread.length > 0 };
};

/** The same without asking anybody: enough to know whose approval a grant takes, and who may see it. */
export const unseen = ({ config }: Pick<Doing, 'config'>, wished: Wished): Looked => {
  const { grantId, version, wish } = wished;
  const seen: Seen = { roles: unmade({ config }, wished), associations: [], clusters: [], made: [] };
  const counts = { team: 0, namespaces: {} };
  return { grantId, version, wish, config, documents: {}, seen, grants: [], counts, unread: [], temporary: false };
};

type Read = { readonly outputs: readonly SurveyOutput[]; readonly unread: readonly Remark[] };

const NOBODY: Read = {
  outputs: [],
  unread: [
    {
      reason: 'NotSurveyed',
      sentence:
        'Nobody looked into the accounts: roles of podid are taken as not being there yet. The plan is made anew before it is carried out.',
    },
  ],
};

/** Roles that podid would make, as if they were not there; of those that the wish names, nothing is known. */
const unmade = ({ config }: Pick<Doing, 'config'>, wished: Wished): SeenRole[] => {
  const existing = existingRolesOf(wished.wish);
  return rolesToRead({ ...wished, config })
    .filter((roleArn) => !existing.includes(roleArn))
    .map((roleArn) => ({ roleArn, present: false }));
};

const surveyed = async ({ config }: Doing, survey: Survey, wished: Wished): Promise<Read> => {
  const current = currentOf(wished.before);
  const asked: SurveyAsked[] = [];
  const outputs: SurveyOutput[] = [];
  const unread: Remark[] = [];
  let next = firstSurveys({ ...wished, config }, current === undefined ? [] : [current.wish]);
  for (let round = 1; next.length > 0 && round <= MOST_ROUNDS; round += 1) {
    const answers = await inBatches(next, AT_ONCE, (each) => answerOf(survey, each));
    outputs.push(...answers.flatMap((answer) => ('readAt' in answer ? [answer] : [])));
    unread.push(...answers.flatMap((answer) => ('reason' in answer ? [answer] : [])));
    asked.push(...next);
    const read = seenIn(outputs, { associations: [], made: [] });
    const plan = resolve({ ...wished, seen: read.seen, grants: [], config });
    const roleArns = rolesBeyond(plan, read).map(({ arn }) => arn);
    next = furtherSurveys({ roleArns, policies: policiesToRead(read) }, asked, round, config);
  }
  return { outputs, unread };
};

const answerOf = async (survey: Survey, { account, region, input }: SurveyAsked): Promise<SurveyOutput | Remark> => {
  try {
    return await survey({ account, region, input });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { reason: 'AccountNotRead', sentence: `Nobody could read account ${account} in ${region}: ${why}` };
  }
};
