/** Which deny is wished on a role, given what the identity holds now. Pure. */
import type { RevocationSettings } from '../config.ts';
import type { Revocation } from '../revocation.ts';
import type { Wish } from './known-roles.ts';
import { rolesOf, type Standing } from './standing.ts';

/** What the wishes hang on. */
export type WishFacts = {
  readonly revocation: Revocation;
  readonly standing: Standing;
  readonly settings: RevocationSettings;
  readonly now: Date;
};

/** The association's roles that the identity has lost, or whose sessions from before it must lose. */
export const lostRoles = ({ former }: Revocation, standing: Standing): string[] => {
  switch (standing.kind) {
    case 'gone':
    case 'cluster-gone':
    case 'unreadable':
      return rolesOf(former);
    case 'held': {
      // With a target role, pods never had the source role's credentials: where the source stays, nothing of it is lost.
      const held = rolesOf(standing.association);
      const kept = former?.targetRoleArn !== undefined && held.includes(former.roleArn) ? former.roleArn : undefined;
      return rolesOf(former).filter((role) => role !== kept);
    }
    default:
      return [];
  }
};

/**
 * The deny for a role that the association names; undefined when there is none to write: the settings leave roles
 * without session tags alone, or nothing was lost.
 */
export const wishForOwn = (roleArn: string, facts: WishFacts): Wish | undefined => {
  const form = formOf(facts);
  if (form === undefined) return undefined;
  if (form !== 'tags') return timed(form, facts);
  const { standing } = facts;
  if (standing.kind === 'held' && !rolesOf(standing.association).includes(roleArn)) return { do: 'cut', form };
  return timed(form, facts);
};

/**
 * The deny for a role that sessions reach by AssumeRole. While the identity has another association, its new sessions may reach the role
 * as well: then only those from before are denied.
 */
export const wishForReached = (facts: WishFacts): Wish | undefined =>
  // Sessions without tags have a name of their own choice once they have assumed a role: nothing tells them from others.
  formOf(facts) === 'tags' ? timed('tags', facts) : undefined;

const formOf = ({ revocation, settings }: WishFacts): Wish['form'] | undefined => {
  if (revocation.former?.disableSessionTags !== true) return 'tags';
  return ({ report: undefined, cluster: 'session-name', 'whole-role': 'whole-role' } as const)[
    settings.withoutSessionTags
  ];
};

const timed = (form: Wish['form'], { standing, now }: WishFacts): Wish | undefined => {
  switch (standing.kind) {
    case 'gone':
    case 'cluster-gone':
      return form === 'tags' ? { do: 'cut', form } : { do: 'cut', form, issuedBefore: now.toISOString() };
    case 'unreadable':
      // It may be associated again: a time can't hurt its new sessions. When it can be read later, the time goes.
      return { do: 'cut', form, issuedBefore: now.toISOString() };
    case 'held':
      return { do: 'cut', form, issuedBefore: standing.heldSince };
    case 'same-again':
    case 'unchanged':
      return { do: 'lift', form };
    case 'unsettled':
      return undefined;
  }
};
