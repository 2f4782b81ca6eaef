/** Starting a judgement of each role that a change is about, of those that hang on them, and of no other. */
import type { Config } from '../../config.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Store } from '../../store/index.ts';
import { RoleToJudge } from '../contract.ts';
import { executionName } from './execution-name.ts';
import { type Candidate, judgedOrNot, partnersOf } from './which-roles.ts';

/** What the hub function hands in. */
export type JudgingHub = {
  readonly store: Pick<Store, 'associations' | 'findings'>;
  readonly config: Config;
  /** False when an execution of that name has closed. */
  readonly start: (machine: string, name: string, input: RoleToJudge) => Promise<boolean>;
};

export type Suspect = Pick<Candidate, 'roleArn' | 'trust'>;

/** The executions, new or there already, and why the other roles are not judged. */
export type Started = { readonly started: readonly string[]; readonly ignored: readonly string[] };

const AT_ONCE = 10;

/**
 * Starts the machine `trust` for each of these roles that podid has to do with, and for the target roles of those. Safe to repeat: an
 * execution's name is the event's id with the role's.
 */
export const startJudgements = async (
  hub: JudgingHub,
  suspects: readonly Suspect[],
  { eventId, cause }: { readonly eventId: string; readonly cause: RoleToJudge['cause'] },
): Promise<Started> => {
  const first = await candidatesFor(hub, suspects);
  const known = new Set(first.map(({ roleArn }) => roleArn));
  const partners = new Set(first.flatMap(({ roleArn, neighbours }) => partnersOf(roleArn, neighbours)));
  const second = await candidatesFor(
    hub,
    [...partners].filter((arn) => !known.has(arn)).map((roleArn) => ({ roleArn })),
  );
  const choices = [...first, ...second].map((candidate) => judgedOrNot(candidate, hub.config));
  const started = await inBatches(
    choices.filter(({ judge }) => judge),
    AT_ONCE,
    async ({ roleArn }) => {
      const id = executionName(eventId, roleArn);
      // Its fields are in the schema's order: Step Functions takes two starts for one only when their inputs are the same text.
      await hub.start('trust', id, RoleToJudge.parse({ roleArn, id, cause }));
      return id;
    },
  );
  return { started, ignored: choices.flatMap(({ judge, because }) => (judge ? [] : [because])) };
};

const candidatesFor = ({ store }: JudgingHub, suspects: readonly Suspect[]): Promise<Candidate[]> =>
  inBatches(suspects, AT_ONCE, async (suspect) => {
    const [neighbours, findings] = await Promise.all([
      store.associations.ofRole(suspect.roleArn),
      store.findings.of(suspect.roleArn),
    ]);
    return { ...suspect, neighbours, hasOpenFindings: findings.some(({ state }) => state === 'open') };
  });
