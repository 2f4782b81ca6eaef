/** `podid sweep`: looks at everything now, without waiting for the schedule; and says what became of the last one. */
import { StartExecutionCommand } from '@aws-sdk/client-sfn';
import { Command } from 'commander';
import type { PlaceDelivery, SweepSummary } from '../functions/store/sweeps.ts';
import { hubMachines, hubStore } from './hub.ts';
import { ago, type Format, outputOption, print, printJson, table } from './output.ts';
import { sweepToItsEnd } from './sweep-following.ts';

type Options = { readonly last?: true; readonly quality?: true; readonly wait?: true; readonly output: Format };

export const sweepCommand = () =>
  new Command('sweep')
    .description(
      'look at all roles and associations, and at what CloudTrail has logged, now; the schedule does it anyway',
    )
    .option('--last', 'start none, and say what became of the last one')
    .option('--quality', "start none, and say how well each account's events come through")
    .option(
      '--wait',
      'wait until it has come to its end, and say what became of it; exit code 1 when it is incomplete. Where another one is under way, this one begins when that is over',
    )
    .addOption(outputOption())
    .action(async ({ last, quality, wait, output }: Options) => {
      if (last === true || quality === true) {
        const [summary] = await hubStore().sweeps.last(1);
        const shown = quality === true ? summary?.delivery : summary;
        if (output === 'json') return printJson(shown ?? null);
        print(
          summary === undefined ? NONE : quality === true ? qualityText(summary) : summaryText(summary, new Date()),
        );
        return;
      }
      const { client, machine } = await hubMachines('sweep');
      if (wait === true) {
        const whole = await sweepToItsEnd(client, machine);
        const [summary] = await hubStore().sweeps.last(1);
        if (output === 'json') printJson(summary ?? null);
        else print(summary === undefined ? NONE : summaryText(summary, new Date()));
        if (!whole) process.exitCode = 1;
        return;
      }
      const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn: machine, input: '{}' }));
      if (output === 'json') return printJson({ executionArn });
      print(
        `Started ${executionArn}.\nFollow it: aws stepfunctions describe-execution --execution-arn ${executionArn}\n` +
          'What became of it: podid sweep --last',
      );
    });

const NONE = 'No sweep has come to an end yet. `podid sweep` starts one.';

/** What became of a sweep, for a person. */
export const summaryText = (summary: SweepSummary, now: Date): string => {
  const { id, startedAt, endedAt, complete, failed, roles, clusters, irsa, discovery, due } = summary;
  const seconds = Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  const left = clusters.left > 0 ? `, ${clusters.left} left for the next sweep` : '';
  const gone = clusters.gone > 0 ? ` (${clusters.gone} gone)` : '';
  const lines = [
    `Sweep ${id}, begun ${ago(startedAt, now)} ago, took ${seconds} s: ${complete ? 'complete' : 'NOT complete'}.`,
    `Roles: ${roles.listed} listed in ${many(roles.accounts, 'account')}, ${roles.lookedAfter} looked after, ${roles.hinted} differ.`,
    `Associations: ${clusters.listed} listed in ${many(clusters.swept, 'cluster')}${gone}, ${clusters.described} described${left}, ${clusters.hinted} differ.`,
    ...(irsa === undefined ? [] : [irsaText(irsa)]),
    ...(discovery === undefined ? [] : discoveryText(discovery)),
    `Due for other reasons: ${due}.`,
    ...failed.map(
      ({ what, at, error }) => `Could not be looked at: ${what} (${at}: ${error}). Nothing of it was taken for gone.`,
    ),
    ...(irsa?.unread ?? []).map(
      ({ what, why }) => `Service accounts not listed: ${what} (${why}). What was known of them stays.`,
    ),
  ];
  return `${lines.join('\n')}\n\n${qualityText(summary)}`;
};

const irsaText = ({ users, malformed, clusters }: NonNullable<SweepSummary['irsa']>): string => {
  const wrong = malformed > 0 ? `, ${malformed} of them by what is no role's ARN` : '';
  return `IRSA: ${many(users, 'service account')} in ${many(clusters, 'cluster')} ${users === 1 ? 'asks' : 'ask'} for a role by annotation${wrong}.`;
};

const discoveryText = ({ found, lost }: NonNullable<SweepSummary['discovery']>): string[] => [
  `Found by their tag: ${many(found, 'cluster')} that podid.config.yaml doesn't list.`,
  ...lost.map(({ what, because }) => `Not among them any more: ${what} (${LOST[because]}).`),
];

const LOST = {
  listed: 'podid.config.yaml lists it now',
  untagged: 'the tag is gone',
  gone: 'it was deleted',
  off: 'podid.config.yaml looks for no tag any more',
} as const;

/** How well the events of each account and region come through. */
export const qualityText = ({ delivery }: Pick<SweepSummary, 'delivery'>): string =>
  delivery.length === 0
    ? 'Nothing is known of any account.'
    : table(
        ['ACCOUNT', 'REGION', 'TOLD', 'MISSED', 'FOUND', 'UNREADABLE', 'QUALITY'],
        delivery.map((place) => [
          place.account,
          place.region,
          String(place.told),
          String(place.missed),
          String(place.silent),
          String(place.poison),
          percent(place),
        ]),
      );

const percent = ({ quality }: PlaceDelivery): string =>
  quality === undefined ? '- (nothing happened)' : `${(Math.floor(quality * 1000) / 10).toFixed(1)} %`;

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;
