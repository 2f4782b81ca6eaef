/** The findings of the hub itself, about roles whose trust policy can't be judged. Those about what it says are in `../findings/`. Pure. */
import type { Severity } from '../../finding.ts';

/** As `REASONS` of `../findings/`: what docs/findings.md explains. */
export const JUDGING_REASONS = {
  AssociatedRoleMissing: {
    severity: 'error',
    title: 'The role of an association does not exist',
    why: 'Its pods get no credentials, and whoever makes a role of that name next gets their trust.',
  },
  RoleUnreadable: {
    severity: 'warning',
    title: 'A role could not be read',
    why: 'Nobody knows who can get it; what was found before stands until it can be read again.',
  },
} as const satisfies Readonly<Record<string, { severity: Severity; title: string; why: string }>>;
