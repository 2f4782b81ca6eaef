/** What a plan says to the journal: sentences for a person, one an intent, an answer or a reason. Pure. */

import { CLUSTER_CHARACTERS } from '../abac/session-deny.ts';
import type { Config } from '../config.ts';
import { showIdentity } from '../identity.ts';
import type { JournalEntry } from '../store/journal.ts';
import type { CutResult, CutTask, Known, PlanCutsInput } from './contract.ts';
import { shortened } from './known-roles.ts';
import { alsoHit, listed, type Neighbours } from './neighbours.ts';
import { rolesOf, type Standing } from './standing.ts';

/** An entry without what the hub knows anyway: the subject is the revocation, `by` the function. `round` tells repetitions apart. */
export type Note = Omit<JournalEntry, 'subject' | 'by'> & { readonly round: string };

export type CutNoteFacts = {
  readonly input: PlanCutsInput;
  readonly config: Config;
  readonly neighbours: Neighbours;
  readonly now: Date;
  readonly known: Known;
  readonly standing: Standing;
  readonly tasks: readonly CutTask[];
  readonly held: string | undefined;
};

/** Everything that a round of `plan-cuts` has to say. */
export const cutNotes = (facts: CutNoteFacts): Note[] => [
  ...facts.input.ran.flatMap((result) => [...outcomeNote(result, facts), ...traceNote(result, facts)]),
  ...(facts.input.ran.length === 0 ? [standingNote(facts)] : []),
  ...heldNote(facts),
  ...facts.tasks.flatMap((task) => (task.write ? [intentNote(task, facts)] : [])),
];

/** Which sessions a deny ends, in words. */
export const sessionsOf = ({
  identity,
  form,
  issuedBefore,
}: Pick<CutTask['cut'], 'identity' | 'form' | 'issuedBefore'>): string => {
  const time = issuedBefore === undefined ? '' : ` issued before ${issuedBefore}`;
  if (form === 'tags')
    return `every session of ${identity.namespace}/${identity.serviceAccount} in cluster ${identity.cluster}${time}`;
  if (form === 'whole-role') return `every session${time}, whoever holds it`;
  return `every session whose name begins with eks-${identity.cluster.slice(0, CLUSTER_CHARACTERS)}-${time}`;
};

const stepOf = ({ do: what }: CutTask['cut']) => (what === 'cut' ? 'cut-sessions' : 'lift-deny');

const roundOf = ({ issuedBefore, form }: CutTask['cut'], { phase }: PlanCutsInput): string =>
  `${phase} ${form} ${issuedBefore ?? ''}`;

const intentNote = ({ cut }: CutTask, { input, neighbours, now }: CutNoteFacts): Note => {
  const hit = alsoHit(cut.form, cut.identity, cut.roleArn, neighbours);
  const also = hit.length === 0 ? '' : ` It also ends the sessions of ${listed(hit)}.`;
  const again = input.phase === 'final' ? 'Make sure that the role denies' : 'Deny';
  return {
    at: now.toISOString(),
    kind: 'intent',
    step: stepOf(cut),
    object: cut.roleArn,
    text:
      cut.do === 'lift'
        ? 'Lift the deny: the identity has the same access again.'
        : `${again} ${sessionsOf(cut)}.${also}`,
    details: {
      form: cut.form,
      issuedBefore: cut.issuedBefore,
      via: cut.via,
      ...(hit.length === 0 ? {} : { alsoHit: hit }),
    },
    round: roundOf(cut, input),
  };
};

const outcomeNote = ({ cut, outcome }: CutResult, { input, now }: CutNoteFacts): Note[] => {
  if (outcome === undefined) return [];
  const common = { step: stepOf(cut), object: cut.roleArn, round: roundOf(cut, input) };
  if ('error' in outcome) {
    const { Error: error, Cause: cause } = shortened(outcome.error);
    return [
      {
        ...common,
        at: now.toISOString(),
        kind: 'outcome',
        text: `Failed: ${error}${cause === undefined ? '' : `: ${cause}`}`,
      },
    ];
  }
  const { status, at, because, policyName } = outcome;
  const reason = because === undefined ? '' : ` ${because}`;
  const details = { policyName };
  switch (status) {
    case 'cut':
      return [{ ...common, at, kind: 'accepted', text: `IAM accepted the deny ${policyName}.${reason}`, details }];
    case 'already-cut':
      return input.phase === 'final'
        ? [
            {
              ...common,
              at,
              kind: 'presumed-effective',
              text: `The deny ${policyName} stands, and is presumed to be in force.`,
              details,
            },
          ]
        : [{ ...common, at, kind: 'accepted', text: `The deny ${policyName} stood already.${reason}`, details }];
    case 'lifted':
      return [{ ...common, at, kind: 'accepted', text: `The deny ${policyName} is lifted.${reason}`, details }];
    case 'role-gone':
      return [
        {
          ...common,
          at,
          kind: 'outcome',
          text: `The role does not exist any more, and neither do its sessions' permissions.${reason}`,
        },
      ];
    case 'refused':
      return [{ ...common, at, kind: 'refused', text: `Refused:${reason}` }];
    case 'no-room':
      return [
        { ...common, at, kind: 'refused', text: `No room for the deny among the role's inline policies:${reason}` },
      ];
  }
};

const traceNote = ({ cut, trace }: CutResult, { input, now }: CutNoteFacts): Note[] => {
  if (trace === undefined) return [];
  const common = {
    at: now.toISOString(),
    kind: 'note',
    step: 'trace-roles',
    object: cut.roleArn,
    round: input.phase,
  } as const;
  if ('error' in trace) {
    return [
      { ...common, text: `Nobody could look which roles its sessions can assume: ${shortened(trace.error).Error}` },
    ];
  }
  const { reaches, unbounded } = trace;
  if (reaches.length + unbounded.length === 0) return [];
  return [
    {
      ...common,
      text: `Its sessions can assume ${listed([...reaches, ...unbounded])}.`,
      details: { reaches, unbounded },
    },
  ];
};

const standingNote = ({ input, standing, now }: CutNoteFacts): Note => ({
  at: now.toISOString(),
  kind: 'note',
  step: 'read-associations',
  object: showIdentity(input.revocation.identity),
  text: standingText(standing),
  round: `${input.phase} ${standing.kind}`,
});

const standingText = (standing: Standing): string => {
  switch (standing.kind) {
    case 'gone':
      return 'The identity has no association.';
    case 'cluster-gone':
      return 'The cluster does not exist any more, and neither do its associations.';
    case 'unreadable':
      return `Its associations can't be read (${standing.because}): denies get a time, which can't hurt a later association.`;
    case 'unsettled':
      return 'EKS still answers the association from before: to be read again.';
    case 'unchanged':
      return 'EKS goes on answering the association from before: the event was wrong.';
    case 'same-again':
      return 'The identity has the same access again, within the settle window.';
    case 'held':
      return `The identity has been associated with ${rolesOf(standing.association).join(' and ')} since ${standing.heldSince}.`;
  }
};

const heldNote = ({ input, held, known, now }: CutNoteFacts): Note[] =>
  held === undefined
    ? []
    : [
        {
          at: now.toISOString(),
          kind: 'refused',
          step: 'plan-cuts',
          object: showIdentity(input.revocation.identity),
          text: held,
          details: { planned: known.roles.filter((role) => role.outcome === undefined).map((role) => role.roleArn) },
          round: input.phase,
        },
      ];
