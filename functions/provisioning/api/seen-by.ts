/** Who may see what an event or a finding is about: a grant by its id, everything else by the account that it is in. */
import type { Person } from '../../grants/index.ts';
import { parseArn } from '../../partition.ts';
import type { Doing } from './doing.ts';
import { isAdmin, mayRead, mayReadAccount } from './rights.ts';
import { adminsOf } from './views.ts';

/** Each thing is looked up once in a request. */
export const seenBy = ({ store, law, config }: Doing, by: Person) => {
  const admins = adminsOf({ config });
  const known = new Map<string, Promise<boolean>>();
  const look = async (about: string): Promise<boolean> => {
    const account = parseArn(about)?.account ?? ACCOUNT_AND_REGION.exec(about)?.[1];
    if (account !== undefined) return mayReadAccount(law.owned, account, by, admins);
    const kept = await store.grants.get(about);
    return kept === undefined ? isAdmin(by, admins) : mayRead(law.owned, kept.grant, by, admins);
  };
  return (about: string): Promise<boolean> => {
    const answer = known.get(about) ?? look(about);
    known.set(about, answer);
    return answer;
  };
};

/** What the sweep finds of the events of a place: `ACCOUNT/REGION`. */
const ACCOUNT_AND_REGION = /^(\d{12})\//;
