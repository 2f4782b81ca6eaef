/** What a request would come to, as a person reads it. Pure. */
import type { PreviewView, VerdictView } from '../functions/provisioning/api/schemas.ts';
import { printable } from './api-problem.ts';
import { differenceLines } from './grants-lines.ts';

/** The verdict first, then who gains what, the plan, and what stands in the way of it. */
export const previewText = ({ changes, plan, verdict, difference, unread, placeholders = [] }: PreviewView): string =>
  [
    `${VERDICTS[verdict.verdict]}${changes === undefined ? '' : ` It would be a change of grant ${changes}.`}`,
    ...sayings(verdict),
    ...block('Who gains what', differenceLines(difference)),
    ...block('Plan', [...planLines(plan), ...(placeholders.length > 0 ? [HASH_NOTE] : [])]),
    ...block('In the way', plan.blockers.map(remark)),
    ...block('Worth knowing', [...plan.warnings.map(remark), ...plan.restarts.map(restart)]),
    ...block('Nobody could read', unread.map(remark)),
    '',
    'Nothing was written.',
  ]
    .map((line) => printable(placeholders.reduce((text, hash) => text.replaceAll(hash, '<hash>'), line)))
    .join('\n');

/** A wish has no id before it is asked for. */
const HASH_NOTE = "  <hash> follows from the grant's id, which there is once it is asked for.";

const VERDICTS: Readonly<Record<VerdictView['verdict'], string>> = {
  allowed: 'It would be carried out at once.',
  'needs-approval': 'It would wait for approval.',
  denied: 'The guardrails would deny it.',
};

const sayings = ({ because, missing }: VerdictView): readonly string[] => [
  ...because.map(({ id, reason, about }) => `  ${reason} (${id}, ${about})`),
  ...missing.map(
    ({ id, reason, teams = [] }) => `  ${reason} (${id})${teams.length === 0 ? '' : `: ask ${teams.join(' or ')}`}`,
  ),
];

type Plan = PreviewView['plan'];

const planLines = (plan: Plan): readonly string[] => [
  ...plan.roles.flatMap(({ standing, as, roleArn, differences }) => [
    `  ${standing} ${as} role ${roleArn}`,
    ...differences.map((difference) => `    ${difference}`),
  ]),
  ...plan.associations.flatMap(({ standing, identity, roleArn, targetRoleArn, differences }) => [
    `  ${standing} association of ${identity.namespace}/${identity.serviceAccount} in ${identity.cluster} with ${roleArn}${targetRoleArn === undefined ? '' : `, on to ${targetRoleArn}`}`,
    ...differences.map((difference) => `    ${difference}`),
  ]),
  ...plan.removed.map(
    ({ identity }) => `  remove association of ${identity.namespace}/${identity.serviceAccount} in ${identity.cluster}`,
  ),
  ...plan.removedRoles.map((roleArn) => `  remove role ${roleArn}`),
  ...plan.releasedRoles.map((roleArn) => `  release role ${roleArn}`),
];

const remark = ({ sentence }: Plan['blockers'][number]): string => `  ${sentence}`;

const restart = ({ identity, workload, pods }: Plan['restarts'][number]): string =>
  `  ${workload} in ${identity.cluster}: ${pods} pod${pods === 1 ? ' has' : 's have'} no credentials until it is restarted.`;

const block = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', title, ...lines];
