/** `podid get` and `podid describe`: grants, as a list and one by one, and what waits for you. */
import { Command, InvalidArgumentError } from 'commander';
import { CatalogueView, GrantPage, type GrantRow, GrantView } from '../functions/provisioning/api/schemas.ts';
import { type Api, at, openApi } from './api.ts';
import { EXIT_CODES } from './api-problem.ts';
import { catalogueText } from './grants-catalogue.ts';
import { grantStory, grantTable, standingText } from './grants-lines.ts';
import { type Format, formatOption, show } from './grants-output.ts';
import { print } from './output.ts';
import { Told } from './told.ts';
import { followed, hasSettled } from './watch.ts';

type PageOptions = { output: Format; limit: number; cursor?: string };
type ListOptions = PageOptions & {
  watch?: boolean;
  team?: string;
  state?: string;
  namespace?: string;
  account?: string;
  mine?: boolean;
  all?: boolean;
};
type ShowOptions = { output: Format; watch?: boolean };

export const getCommand = () =>
  new Command('get')
    .description('lists grants, what waits for your approval, and what you could ask for')
    .addCommand(getGrants())
    .addCommand(getApprovals())
    .addCommand(getCatalogue())
    .addHelpText(
      'after',
      `
  podid get grants --team checkout
  podid get grants g-0123456789abcdef --watch
  podid get approvals`,
    );

export const describeCommand = () =>
  new Command('describe').description('everything about one grant').addCommand(describeGrant());

const getGrants = () =>
  paged(new Command('grants').alias('grant'))
    .description('a line for each, newest first; without those that ended more than a day ago')
    .argument('[grant]', 'this one only')
    .option('--team <name>', 'of this team only')
    .option('--state <state>', 'in this state only, whenever it ended')
    .option('--namespace <name>', 'of this namespace only')
    .option('--account <id>', 'with clusters or targets in this account only')
    .option('--mine', 'only what you have asked for')
    .option('-a, --all', 'those that ended long ago, too')
    .option('-w, --watch', 'with a grant: follow it until it has settled')
    .addHelpText('after', EXIT_CODES)
    .action(
      async (id: string | undefined, { watch, team, state, namespace, account, mine, all, ...page }: ListOptions) => {
        const api = openApi();
        if (id !== undefined && watch === true) return watched(api, id, page.output, standingText);
        if (watch === true) throw new Told('Which one? podid get grants ID --watch');
        if (id !== undefined) return described(api, id, page.output);
        const hides = all !== true && state === undefined;
        return listed(api, '/grants', page, {
          team,
          state,
          namespace,
          account,
          requester: mine === true ? 'me' : undefined,
          endedAfter: hides ? new Date(Date.now() - DAY).toISOString() : undefined,
        });
      },
    );

const getApprovals = () =>
  paged(new Command('approvals'))
    .description('what waits for your approval')
    .addHelpText('after', EXIT_CODES)
    .action((page: PageOptions) => listed(openApi(), '/approvals', page, {}));

const getCatalogue = () =>
  new Command('catalogue')
    .description('what you could ask for: namespaces, accounts, ready-made permissions, limits')
    .addOption(formatOption())
    .addHelpText('after', EXIT_CODES)
    .action(async ({ output }: { output: Format }) => {
      const { body, whole } = await openApi().call({ method: 'GET', path: '/catalogue', answer: CatalogueView });
      show(output, whole, () => catalogueText(body));
    });

const describeGrant = () =>
  new Command('grant')
    .alias('grants')
    .description('what was asked for, who gains what, what is missing, and what has happened')
    .argument('<grant>', 'its id: podid get grants')
    .option('-w, --watch', 'then follow it until it has settled')
    .addOption(formatOption())
    .addHelpText('after', EXIT_CODES)
    .action((id: string, { output, watch }: ShowOptions) =>
      watch === true
        ? watched(openApi(), id, output, (grant) => grantStory(grant, new Date()))
        : described(openApi(), id, output),
    );

const paged = (command: Command): Command =>
  command
    .option('-l, --limit <n>', 'how many', count, 50)
    .option('--cursor <cursor>', 'where the last page ended')
    .addOption(formatOption());

/** A grant that is on its way out is meant to end; any other is meant to be there. */
const watched = async (api: Api, id: string, output: Format, text: (grant: GrantView) => string): Promise<void> => {
  const { body } = await api.call({ method: 'GET', path: at('/grants', id), answer: GrantView });
  // Of one that has settled what follows says where it stands.
  const isStory = text !== standingText;
  if (output === 'text' && (isStory || !hasSettled(body))) print(text(body));
  await followed(api, id, {
    wanted: body.state === 'revoking' || body.ending !== undefined ? 'ended' : 'active',
    output,
    seen: body,
  });
};

const described = async (api: Api, id: string, output: Format): Promise<void> => {
  const { body, whole } = await api.call({ method: 'GET', path: at('/grants', id), answer: GrantView });
  show(output, whole, () => grantStory(body, new Date()));
};

type Query = Readonly<Record<string, string | undefined>>;

const listed = async (api: Api, path: string, { output, limit, cursor }: PageOptions, query: Query): Promise<void> => {
  const grants: GrantRow[] = [];
  let next = cursor;
  do {
    // A page may hold fewer than asked for while there are more.
    const asked = { ...query, limit: String(Math.min(limit - grants.length, 100)), cursor: next };
    const page = await api.call({ method: 'GET', path, query: asked, answer: GrantPage });
    grants.push(...page.body.grants);
    next = page.body.next;
  } while (next !== undefined && grants.length < limit);
  show(output, { grants, ...(next !== undefined && { next }) }, () =>
    grants.length === 0 ? noneText(query) : grantTable(grants, new Date()),
  );
  if (output === 'text' && next !== undefined) print(`\nMore: --cursor ${next}`);
};

const noneText = ({ endedAfter }: Query): string =>
  endedAfter === undefined ? 'No grants.' : 'No grants; those that ended more than a day ago: --all';

const DAY = 24 * 3600 * 1000;

const count = (text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 1000)
    throw new InvalidArgumentError('A number from 1 to 1000.');
  return number;
};
