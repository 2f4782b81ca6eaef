/** `podid findings adopt`: somebody wants to keep what a finding complains about, and asks for a version of the grant that wants it so. */
import { randomUUID } from 'node:crypto';
import { Command } from 'commander';
import { adoptionOf, grantFor, type Keeping } from '../functions/drift/adoption/index.ts';
import type { ObjectRef } from '../functions/drift/contract.ts';
import { OBJECT_SCHEMAS } from '../functions/drift/kept.ts';
import { Grant } from '../functions/grants/index.ts';
import { GrantView, PreviewView } from '../functions/provisioning/api/schemas.ts';
import type { Store } from '../functions/store/index.ts';
import { type Api, at, openApi } from './api.ts';
import { EXIT, EXIT_CODES } from './api-problem.ts';
import { openFinding } from './findings-acts.ts';
import type { Row } from './findings-lines.ts';
import { differenceLines, newest, standingText } from './grants-lines.ts';
import { type Format, formatOption, show } from './grants-output.ts';
import { hubStore } from './hub.ts';
import { makeDue } from './make-due.ts';
import { previewText } from './request-plan.ts';
import { Told } from './told.ts';
import { followed } from './watch.ts';

type Options = { why: string; dryRun?: boolean; watch?: boolean; idempotencyKey?: string; output: Format };

export const findingsAdoptCommand = () =>
  new Command('adopt')
    .description('keep what a finding complains about: asks for a version of the grant that wants it as it is')
    .argument('<id>', 'its id, from the list')
    .requiredOption('--why <reason>', 'what it is for; who approves it reads it')
    .option('--dry-run', 'the plan, who gains what, and what the guardrails say; asks for nothing')
    .option('-w, --watch', 'follow it until it is active, or has ended otherwise')
    .option('--idempotency-key <key>', 'the same key is the same request; by default a new one')
    .addOption(formatOption())
    .addHelpText(
      'after',
      `
It takes the hub's credentials, to read the finding, and your token (podid login): it is a request of yours like any other, judged by the
guardrails and approved by others. Nothing is written in AWS by it. While the version is not decided podid leaves the thing as it is; once
the version is active the finding is resolved, and when it is rejected, withdrawn or lapses, it is mended as before.

What a grant can want so: an association's role, target role, session tags and session policy; the policies of a role that podid made.
An inline policy of another name becomes part of the grant's own, and goes by its own name then.

  podid findings adopt f-0a1b2c3d4e5f --why 'the new role has the reports, too' --dry-run
${EXIT_CODES}`,
    )
    .action(async (id: string, { why, dryRun, watch, idempotencyKey = randomUUID(), output }: Options) => {
      const store = hubStore();
      const keeping = await keepingOf(store, await openFinding(store, id));
      const chosen = grantFor(keeping, await grantsOn(store, keeping.ref));
      if ('refused' in chosen) throw new Told(`${id} can't be adopted. ${chosen.refused}`);
      const api = openApi({ idempotencyKey });
      const { body: before, etag } = await api.call({
        method: 'GET',
        path: at('/grants', chosen.grant.id),
        answer: GrantView,
      });
      const adoption = adoptionOf(keeping, id, before, why);
      if ('refused' in adoption) throw new Told(`${id} can't be adopted. ${adoption.refused}`);
      if (dryRun === true) return preview(api, before.id, adoption.wish, output);
      const { body, whole } = await api.call({
        method: 'PUT',
        path: at('/grants', before.id),
        query: { adopts: adoption.adopts.join(',') },
        ifMatch: etag,
        body: adoption.wish,
        answer: GrantView,
      });
      await makeDue(store.objects(OBJECT_SCHEMAS), keeping.ref, new Date().toISOString());
      if (watch === true) return followed(api, body.id, { wanted: 'active', output, seen: before });
      show(output, whole, () =>
        [
          ...differenceLines(body.difference),
          standingText(body),
          `podid leaves it as it is until version ${newest(body).version} is decided: podid findings show ${id}`,
        ].join('\n'),
      );
    });

/** As it was last read. @throws Told */
const keepingOf = async (store: Store, { id, object, subject, judge }: Row): Promise<Keeping> => {
  if (judge !== 'drift' || subject === undefined) {
    throw new Told(`${id} is no finding of drift: there is nothing that a grant could want otherwise.`);
  }
  const { state } = await store.objects(OBJECT_SCHEMAS).read(object);
  if (state?.facets === undefined) throw new Told(`Nobody has read ${object} yet: podid sweep`);
  return { ref: state.ref, facet: subject, is: state.facets[subject] ?? null };
};

const grantsOn = async (store: Store, ref: ObjectRef): Promise<readonly Grant[]> => {
  if (ref.object === 'cluster') return [];
  const grants = store.grants(Grant);
  const found: Grant[] = [];
  let cursor: string | undefined;
  do {
    const paging = cursor === undefined ? {} : { cursor };
    const page = await (ref.object === 'role'
      ? grants.ofRole(ref.roleArn, paging)
      : grants.ofIdentity(ref.identity, paging));
    found.push(...page.grants.map(({ grant }) => grant));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
};

const preview = async (api: Api, changes: string, wish: unknown, output: Format): Promise<void> => {
  const { body, whole } = await api.call({
    method: 'POST',
    path: '/grants/preview',
    query: { changes },
    body: wish,
    answer: PreviewView,
  });
  if (body.verdict.verdict === 'denied') process.exitCode = EXIT.mayNot;
  show(output, whole, () => previewText(body));
};
