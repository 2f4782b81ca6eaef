/** What people do with a grant: `podid approve`, `reject`, `withdraw`, `revoke`, `extend`. */
import { Command, Option } from 'commander';
import { GrantView } from '../functions/provisioning/api/schemas.ts';
import { type Answer, type Api, at, openApi } from './api.ts';
import { EXIT, EXIT_CODES } from './api-problem.ts';
import { differenceLines, newest, standingText } from './grants-lines.ts';
import { type Format, formatOption, show } from './grants-output.ts';
import { alsoKnownAs } from './other-name.ts';
import { print } from './output.ts';
import { lifetimeOf } from './request-flags.ts';
import { Told } from './told.ts';
import { followed } from './watch.ts';

type Options = {
  output: Format;
  watch?: boolean;
  grantVersion?: string;
  why?: string;
  for?: string;
  until?: string;
  zone?: string;
};

/** What one of them sends, and what is to come of it. */
type Deed = {
  readonly name: 'approve' | 'reject' | 'withdraw' | 'revoke' | 'extend';
  readonly description: string;
  /** What it is to come to, where that takes a while. */
  readonly wanted?: 'active' | 'ended';
  readonly body: (grant: GrantView, options: Options) => unknown;
  readonly options: (command: Command) => Command;
};

const why = ({ why: text }: Options) => ({ ...(text !== undefined && { why: text }) });
const whyOption = (command: Command) => command.option('--why <text>', 'stands in its history');
const versionOption = (command: Command) =>
  command.option('--grant-version <n>', 'only when this is still the newest: the one that you have looked at');

const APPROVE: Deed = {
  name: 'approve',
  description: 'agrees to the newest version of a grant, and shows who gains what by it',
  wanted: 'active',
  body: (grant, options) => ({ version: newest(grant).version, ...why(options) }),
  options: (command) => versionOption(whyOption(command)),
};
const REJECT: Deed = {
  name: 'reject',
  description: 'refuses the newest version of a grant',
  body: (grant, options) => ({ version: newest(grant).version, ...why(options) }),
  options: (command) => versionOption(command.requiredOption('--why <text>', 'what the person who asked is told')),
};
const WITHDRAW: Deed = {
  name: 'withdraw',
  description: 'takes back what you have asked for, before it is decided',
  body: (_grant, options) => why(options),
  options: whyOption,
};
const REVOKE: Deed = {
  name: 'revoke',
  description: 'takes the access away: cuts its sessions, restarts its pods, and removes what the grant alone had made',
  wanted: 'ended',
  body: (_grant, options) => why(options),
  options: whyOption,
};
const EXTEND: Deed = {
  name: 'extend',
  description: 'asks for another end; the guardrails decide as they do for any change',
  wanted: 'active',
  body: (_grant, options) => {
    const lifetime = lifetimeOf(options);
    if (lifetime === undefined) throw new Told('Until when? Give --for P30D or --until 2027-01-31.');
    return { lifetime, ...why(options) };
  },
  options: (command) =>
    whyOption(command)
      .addOption(new Option('--for <duration>', 'how long from now on: P30D, PT8H').conflicts('until'))
      .option('--until <time>', '2027-01-31, 2027-01-31T18:00 (by your clock), 2027-01-31T18:00:00Z')
      .option('--zone <name>', 'whose clock --until is by: Europe/Berlin'),
};

export const approveCommand = () => commandOf(APPROVE);
export const rejectCommand = () => commandOf(REJECT);
export const withdrawCommand = () => commandOf(WITHDRAW);
export const revokeCommand = () => commandOf(REVOKE);
export const extendCommand = () => commandOf(EXTEND);

const commandOf = (deed: Deed): Command => {
  const command = new Command(deed.name)
    .description(deed.description)
    .argument('<grant>', 'its id: podid get grants')
    .addOption(formatOption())
    .addHelpText('after', EXIT_CODES)
    .action((id: string, options: Options) => done(openApi(), deed, id, options));
  if (deed.wanted !== undefined) command.option('-w, --watch', 'follow it until it has settled');
  return alsoKnownAs(deed.options(command), 'why', 'reason');
};

const done = async (api: Api, deed: Deed, id: string, options: Options): Promise<void> => {
  const before = await seen(api, id, options);
  const { body, whole } = await api.call({
    method: 'POST',
    path: at('/grants', id, deed.name),
    // Of what was read just now: whoever changed it in between has changed what this is about.
    ifMatch: before.etag,
    body: deed.body(before.body, options),
    answer: GrantView,
  });
  if (options.output === 'text' && deed === APPROVE) print(approvedText(before.body, body));
  if (options.watch === true && deed.wanted !== undefined) {
    return followed(api, id, { wanted: deed.wanted, output: options.output, seen: before.body });
  }
  show(options.output, whole, () => standingText(body));
};

const seen = async (api: Api, id: string, { grantVersion }: Options): Promise<Answer<GrantView>> => {
  const answer = await api.call({ method: 'GET', path: at('/grants', id), answer: GrantView });
  const { version } = newest(answer.body);
  if (grantVersion !== undefined && grantVersion !== String(version)) {
    throw new Told(
      `The newest version of grant ${id} is ${version}, not ${grantVersion}: podid describe grant ${id}`,
      EXIT.changedMeanwhile,
    );
  }
  return answer;
};

/** Who approves twice changes nothing, and the grant's revision stays as it was. */
const approvedText = (before: GrantView, after: GrantView): string => {
  const { version } = newest(before);
  if (after.revision === before.revision) return `You had approved version ${version} already: nothing was changed.`;
  return [`You have approved version ${version}:`, ...differenceLines(before.difference)].join('\n');
};
