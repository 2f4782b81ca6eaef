/** Everything of the world that the API takes: its app is made from this, in the function's file or in a test. */
import type { Config } from '../../config.ts';
import type { Law, Teams } from '../../grants/guardrails/index.ts';
import type { Grant, GrantEvent } from '../../grants/index.ts';
import type { Store } from '../../store/index.ts';
import type { Grants } from '../planning/machine.ts';
import type { CarriedOut } from '../transitions.ts';
import type { Survey } from './look.ts';
import type { AskCluster } from './pods.ts';

export type Doing = {
  readonly store: {
    readonly grants: Grants;
    readonly associations: Pick<Store['associations'], 'ofRole'>;
    readonly roles: Pick<Store['roles'], 'named'>;
    readonly serviceAccounts: Pick<Store['serviceAccounts'], 'listed' | 'of' | 'ofRole'>;
    readonly findings: Pick<Store['findings'], 'get' | 'listOpen' | 'of'>;
    readonly revocations: Pick<Store['revocations'], 'list' | 'newestFor'>;
    readonly made: Pick<Store['made'], 'standing' | 'of'>;
    readonly plans: Store['plans'];
    readonly told: Pick<Store['told'], 'since'>;
    readonly answers: Pick<Store['answers'], 'ask' | 'finish' | 'giveBack'>;
  };
  /** Keeps a new grant. See `openGrant` in transitions.ts. */
  readonly open: (grant: Grant) => Promise<CarriedOut>;
  /** Lets an event happen to a grant, at this revision only where one is given. See transitions.ts. */
  readonly carryOut: (grantId: string, event: GrantEvent, revision?: number) => Promise<CarriedOut>;
  /** Reads the accounts. Absent: what is there isn't known, and the plan says so. */
  readonly survey?: Survey;
  /** Asks clusters about pods. Absent: a preview doesn't tell of restarts. */
  readonly askCluster?: AskCluster;
  readonly law: Law;
  readonly teams: Teams;
  readonly config: Config;
  readonly now: () => Date;
};
