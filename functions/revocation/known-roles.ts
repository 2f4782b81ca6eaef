/** The roles that sessions of the revoked access can be in: found round by round, each once, within limits. Pure. */
import type { Config } from '../config.ts';
import { spokeRegions } from '../config.ts';
import { parseArn } from '../partition.ts';
import type { CutResult, Known, KnownRole, Phase } from './contract.ts';

/** How far AssumeRole is followed, and how many roles are looked at: past that, roles are named and not cut. */
export const LIMITS = { depth: 5, roles: 50, elsewhere: 20, unbounded: 10, characters: 300 } as const;

export const NOTHING_KNOWN: Known = { roles: [], elsewhere: [], unbounded: [], omitted: 0 };

/** What is wished of a role. */
export type Wish = Pick<KnownRole, 'do' | 'form' | 'issuedBefore'>;

/** Where a role's spoke function runs, or undefined when its account is none of ours. */
export const spokeOf = (
  config: Config,
  roleArn: string,
  region: string,
): { account: string; region: string } | undefined => {
  const account = parseArn(roleArn)?.account;
  if (account === undefined || !config.spokes.some((spoke) => spoke.account === account)) return undefined;
  const regions = spokeRegions(config, account);
  return { account, region: regions.includes(region) ? region : (regions[0] ?? region) };
};

/** The roles by which sessions came to this one, from the association's role on. */
export const viaOf = (roles: readonly KnownRole[], role: Pick<KnownRole, 'from'>): string[] => {
  const parent = role.from === undefined ? undefined : roles[role.from];
  return parent === undefined ? [] : [...viaOf(roles, parent), parent.roleArn];
};

/** Adds a role that is to get a deny; where its account is not ours, it is only named. A role that is known stays as it is. */
export const addRole = (
  known: Known,
  config: Config,
  region: string,
  role: { readonly roleArn: string; readonly from?: number; readonly earlier?: boolean },
  wish: Wish,
): Known => {
  if (isKnown(known, role.roleArn, wish.form)) return known;
  const from = role.from === undefined ? {} : { from: role.from };
  const spoke = spokeOf(config, role.roleArn, region);
  if (spoke === undefined) return name(known, { roleArn: role.roleArn, ...from, because: 'not-ours' });
  const depth = role.from === undefined ? 0 : viaOf(known.roles, role).length;
  if (depth > LIMITS.depth || known.roles.length >= LIMITS.roles) {
    return name(known, { roleArn: role.roleArn, ...from, because: 'limit' });
  }
  const earlier = role.earlier === true ? { earlier: true } : {};
  const traced = role.earlier === true || wish.form !== 'tags';
  return {
    ...known,
    roles: [...known.roles, { roleArn: role.roleArn, ...spoke, ...from, ...earlier, ...wish, traced }],
  };
};

/** Takes in what the Map did: outcomes to their roles, and where the roles lead, with a wish for each that is new. */
export const absorb = (
  known: Known,
  ran: readonly CutResult[],
  phase: Phase,
  config: Config,
  wishOf: (roleArn: string) => Wish | undefined,
): Known => ran.reduce((sum, result) => absorbOne(sum, result, phase, config, wishOf), known);

const absorbOne = (
  known: Known,
  { cut, outcome, trace }: CutResult,
  phase: Phase,
  config: Config,
  wishOf: (roleArn: string) => Wish | undefined,
): Known => {
  const from = known.roles.findIndex((role) => role.roleArn === cut.roleArn && role.form === cut.form);
  const role = known.roles[from];
  if (role === undefined) return known;
  const traced: KnownRole = trace === undefined ? role : { ...role, traced: true, ...untracedBy(trace) };
  const after = outcome === undefined ? traced : withOutcome(traced, outcome, phase);
  const roles = known.roles.with(from, after);
  if (trace === undefined || 'error' in trace) return { ...known, roles };

  let sum: Known = { ...known, roles, omitted: known.omitted + (trace.omitted ?? 0) };
  for (const roleArn of trace.reaches) {
    const wish = wishOf(roleArn);
    if (wish !== undefined) sum = addRole(sum, config, cut.identity.region, { roleArn, from }, wish);
  }
  for (const pattern of trace.unbounded) sum = nameUnbounded(sum, pattern.slice(0, LIMITS.characters), from);
  return sum;
};

const withOutcome = (role: KnownRole, outcome: NonNullable<KnownRole['outcome']>, phase: Phase): KnownRole => {
  const short = 'error' in outcome ? { error: shortened(outcome.error) } : outcome;
  const stood = role.outcome !== undefined && isInForce(role.outcome);
  const removed = stood && phase === 'final' && 'status' in outcome && outcome.status === 'cut';
  return {
    ...role,
    ranIn: phase,
    outcome: short,
    ...(removed ? { removed } : {}),
    ...('status' in short &&
    (short.status === 'cut' || (short.status === 'already-cut' && role.acceptedAt === undefined))
      ? { acceptedAt: short.at }
      : {}),
  };
};

/** Whether the answer says that the deny stands. */
export const isInForce = (outcome: KnownRole['outcome']): boolean =>
  outcome !== undefined && 'status' in outcome && (outcome.status === 'cut' || outcome.status === 'already-cut');

/** A caught error in a size that the machine's state can carry: Lambda's cause is JSON with a stack trace. */
export const shortened = ({ Error: error, Cause: cause }: { Error: string; Cause?: string | undefined }) =>
  cause === undefined ? { Error: error } : { Error: error, Cause: cutShort(messageIn(cause)) };

const cutShort = (text: string): string =>
  text.length <= LIMITS.characters ? text : `${text.slice(0, LIMITS.characters - 3).trimEnd()}...`;

const messageIn = (cause: string): string => {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: Step Functions' own errors have plain text.
  }
  return cause;
};

const untracedBy = (trace: NonNullable<CutResult['trace']>): { untraced?: string } => {
  if (!('error' in trace)) return {};
  const { Error: error, Cause: cause } = shortened(trace.error);
  return { untraced: cause === undefined ? error : `${error}: ${cause}` };
};

const isKnown = ({ roles, elsewhere }: Known, roleArn: string, form: string): boolean =>
  roles.some((role) => role.roleArn === roleArn && role.form === form) ||
  elsewhere.some((role) => role.roleArn === roleArn);

const name = (known: Known, role: Known['elsewhere'][number]): Known =>
  known.elsewhere.length < LIMITS.elsewhere
    ? { ...known, elsewhere: [...known.elsewhere, role] }
    : { ...known, omitted: known.omitted + 1 };

const nameUnbounded = (known: Known, pattern: string, from: number): Known => {
  if (known.unbounded.some((one) => one.pattern === pattern && one.from === from)) return known;
  return known.unbounded.length < LIMITS.unbounded
    ? { ...known, unbounded: [...known.unbounded, { pattern, from }] }
    : { ...known, omitted: known.omitted + 1 };
};
