/** `podid findings explain`: what a reason means, why it matters and what mends it. */
import { Command } from 'commander';
import { DRIFT_REASONS } from '../functions/drift/detect/reasons.ts';
import { REASONS as TRUST_REASONS } from '../functions/trust/findings/index.ts';
import { JUDGING_REASONS } from '../functions/trust/judging/reasons.ts';
import { type Format, outputOption, print, printJson, table } from './output.ts';
import type { ReasonText } from './sarif.ts';
import { Told } from './told.ts';

type Explained = ReasonText & { readonly remedy?: string };

const ALL: Readonly<Record<string, Explained>> = { ...TRUST_REASONS, ...JUDGING_REASONS, ...DRIFT_REASONS };

/** What is documented of a reason; undefined for one that this podid doesn't know. */
export const reasonNamed = (name: string): Explained | undefined => (Object.hasOwn(ALL, name) ? ALL[name] : undefined);

export const explainCommand = () =>
  new Command('explain')
    .description('what a reason means, why it matters, and what mends it; without one, all of them')
    .argument('[reason]', 'as it stands in the list: TrustWidened')
    .addOption(outputOption())
    .action((given: string | undefined, { output }: { output: Format }) => {
      const names = Object.keys(ALL).toSorted();
      if (given === undefined) {
        if (output === 'json') return printJson({ reasons: names.map((reason) => ({ reason, ...ALL[reason] })) });
        return print(
          table(
            ['REASON', 'SEVERITY', 'WHAT'],
            names.map((name) => [name, ALL[name]?.severity ?? '', ALL[name]?.title ?? '']),
          ),
        );
      }
      const name = names.find((each) => each.toLowerCase() === given.toLowerCase());
      const reason = name === undefined ? undefined : ALL[name];
      if (name === undefined || reason === undefined) throw new Told(unknown(given, names));
      if (output === 'json') return printJson({ reason: name, ...reason });
      print(
        [
          `${name}: ${reason.title}. Usually ${reason.severity}.`,
          '',
          reason.why,
          `What mends it: ${reason.remedy ?? 'the finding says so (podid findings show ID).'}`,
        ].join('\n'),
      );
    });

const unknown = (given: string, names: readonly string[]): string => {
  const near = names.filter((name) => name.toLowerCase().includes(given.toLowerCase()));
  return `There is no reason ${given}. ${near.length === 0 ? 'podid findings explain lists them.' : `Is it ${near.join(', ')}?`}`;
};
