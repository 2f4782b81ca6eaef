/** Who did something, from where and with what, as a sentence. */
import type { Actor } from '../../actor.ts';
import { PREFIX } from '../../names.ts';
import type { Assumption, Attribution, SeenChange } from '../contract.ts';

/** @param execution Of ours, where it was us */
export const sentenceOf = (
  { actor, kind, at }: SeenChange,
  who: Attribution['who'],
  assumptions: readonly Assumption[],
  execution?: string,
): string => {
  const what = `${kind} at ${at}`;
  if (who === 'us') return `podid itself, execution ${execution}: ${what}.`;
  const chain = chainOf(actor, assumptions);
  const behind = chain.map((each) => `, whose session was taken by ${nameOf(each)}${places(each)}`).join('');
  const whose =
    who === 'us-without-intent' ? ' This is the role of one of podid’s functions, and no execution intended it.' : '';
  return `${nameOf(actor)}${places(actor)}${behind}: ${what}.${whose}`;
};

/**
 * Who stands behind a session, one by one, as far as events tell: the last one took the first role. A circle of roles ends where it closes.
 * @example chainOf(session, assumptions).at(-1) // the person
 */
export const chainOf = (actor: Actor, assumptions: readonly Assumption[]): readonly Actor[] => {
  const chain: Actor[] = [];
  const seen = new Set<string>();
  let arn = actor.arn;
  while (arn !== undefined && !seen.has(arn)) {
    seen.add(arn);
    const session = arn;
    const taken = assumptions
      .filter((each) => each.sessionArn === session)
      .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
    const by = taken.at(-1)?.by;
    if (by !== undefined) chain.push(by);
    arn = by?.arn;
  }
  return chain;
};

const nameOf = ({ name, arn, type, issuerArn, account, invokedBy }: Actor): string => {
  const called = name ?? arn?.split('/').at(-1) ?? invokedBy ?? type;
  if (issuerArn !== undefined) return `${called} as ${issuerArn}`;
  return account === undefined ? called : `${called} of account ${account}`;
};

const places = ({ sourceIp, userAgent, mfa }: Actor): string =>
  [
    sourceIp === undefined ? '' : ` from ${sourceIp}`,
    userAgent === undefined ? '' : ` with ${toolOf(userAgent)}`,
    mfa === undefined ? '' : mfa ? ' (MFA)' : ' (no MFA)',
  ].join('');

/** Of `aws-cli/2.17.1 md/Botocore#… os/linux …` what a person needs; of ours also the execution. */
const toolOf = (userAgent: string): string => {
  const [first = '', ...rest] = userAgent.split(/\s+/);
  const execution = rest.find((token) => token.startsWith(`${PREFIX}/`));
  return execution === undefined ? first : `${first} ${execution}`;
};
