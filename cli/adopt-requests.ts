/** `podid adopt requests`: what exists as requests for grants, one file each, for those who answer for it to send. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { stringify } from 'yaml';
import type { Config } from '../functions/config.ts';
import {
  type LeftOut,
  type Proposal,
  proposalOf,
  type Request,
  requestsOf,
} from '../functions/drift/baseline/index.ts';
import { OBJECT_SCHEMAS } from '../functions/drift/kept.ts';
import { objectKey } from '../functions/drift/object.ts';
import { claimsOf, Grant, GrantWish, lifetimeProblems } from '../functions/grants/index.ts';
import { clusterArn } from '../functions/identity.ts';
import { inBatches } from '../functions/runtime/batches.ts';
import { problems } from '../functions/runtime/problems.ts';
import type { Store } from '../functions/store/index.ts';
import { readProposal } from './adopt-file.ts';
import { clustersIn } from './adopt-inventory.ts';
import { configIn, configOption } from './fleet-accounts.ts';
import { hubStore } from './hub.ts';
import { readLarge } from './large-text.ts';
import { print } from './output.ts';
import { Told } from './told.ts';

type Options = { out: string; team: string; lifetime: string; reason: string; config: string };

const Asked = GrantWish.pick({ team: true, reason: true });

export const requestsCommand = () =>
  new Command('requests')
    .description('what exists as requests for grants: a file for each service account, as podid request -f takes it')
    .argument('[file]', 'a proposal; by default what was accepted of all clusters')
    .requiredOption('--team <name>', 'who answers for them')
    .requiredOption('--lifetime <duration>', 'how long each lasts from its activation on: P90D')
    .option('--reason <text>', 'what they are for; whoever approves one reads it', 'has had it since before podid')
    .option('--out <dir>', 'where the files go; none is written over', 'requests')
    .addOption(configOption())
    .addHelpText(
      'after',
      `
Nothing is asked for and nothing is written in AWS by this. Read each file, then: podid preview -f FILE, podid request -f FILE.
What has to be otherwise first stands at the head of a file: a role that podid.config.yaml doesn't opt in, a trust policy that admits
more than those who have the role.

A request takes over what is there once it is approved, and only where the guardrails let it (Adopt). What is written then, where all
is as the file says: the tags podid:grant, podid:team and podid:made-by on the association; on the role nothing where its trust policy
admits the service account already, else the statement that does; and with a target role the permission to get it. From then on podid
gives back what is lost there, and it ends when the grant does.

  podid adopt requests baseline.yaml --team checkout --lifetime P90D --out requests`,
    )
    .action(async (file: string | undefined, { out, team, lifetime, reason, config: named }: Options) => {
      const config = configIn(named);
      const asked = Asked.safeParse({ team, reason });
      if (!asked.success) throw new Told(problems(asked.error));
      const [problem] = lifetimeProblems({ for: lifetime }, new Date().toISOString(), config);
      if (problem !== undefined) {
        throw new Told(
          `--lifetime ${lifetime}: ${problem.problem}${problem.limit === undefined ? '' : ` (${problem.limit})`}`,
        );
      }
      const store = hubStore();
      const proposal = file === undefined ? await accepted(store, config) : readProposal(await readLarge(file), file);
      const answers = { ...asked.data, lifetime: { for: lifetime } };
      const { requests, leftOut } = requestsOf(proposal, answers, { config, granted: await grantedIn(store) });
      await writeAll(out, requests);
      print([summaryOf(out, requests), ...leftOutLines(leftOut)].join('\n'));
    });

const AT_ONCE = 10;

/** The associations that are there, as they were accepted. @throws Told when no baseline is accepted */
const accepted = async (store: Store, config: Config): Promise<Proposal> => {
  const objects = store.objects(OBJECT_SCHEMAS);
  const all = await inBatches(clustersIn(config), AT_ONCE, async (cluster) => ({
    cluster,
    baseline: await objects.baseline(clusterArn(cluster)),
  }));
  const clusters = all.flatMap(({ cluster, baseline }) => (baseline ? [{ cluster, facets: baseline.facets }] : []));
  if (clusters.length === 0) {
    throw new Told(
      'No baseline is accepted yet: name a proposal (podid adopt propose --out FILE), or accept one first.',
    );
  }
  const rows = await inBatches(clusters, AT_ONCE, ({ cluster }) => store.associations.ofCluster(cluster));
  const associations = await inBatches(rows.flat(), AT_ONCE, async ({ identity }) => ({
    identity,
    facets: (await objects.baseline(objectKey({ object: 'association', identity })))?.facets ?? {},
  }));
  const arns = new Set(associations.flatMap(({ facets: { role, target } }) => [role ?? [], target ?? []].flat()));
  const roles = await inBatches([...arns], AT_ONCE, async (roleArn) => ({
    roleArn,
    facets: (await objects.baseline(roleArn))?.facets ?? {},
  }));
  const proposal = proposalOf({ clusters, associations, roles, warnings: new Map() }, new Date().toISOString());
  // Warnings are for a review of what there is, which was done when it was accepted.
  const unwarned = proposal.clusters.map((entry) => ({
    ...entry,
    associations: entry.associations.map(({ warnings: _, ...association }) => association),
  }));
  return { ...proposal, clusters: unwarned };
};

/** Who has a grant, or has asked for one, by the identity's key. */
const grantedIn = async (store: Store): Promise<ReadonlyMap<string, string>> => {
  const grants = store.grants(Grant);
  const granted = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await grants.list(cursor === undefined ? {} : { cursor });
    for (const { grant } of page.grants) for (const key of claimsOf(grant)) granted.set(key, grant.id);
    cursor = page.next;
  } while (cursor !== undefined);
  return granted;
};

/** People change what they got: nothing is written where one of the files is there already. @throws Told */
const writeAll = async (out: string, requests: readonly Request[]): Promise<void> => {
  const files = requests.map((request) => ({ request, file: fileOf(out, request) }));
  const there = files.find(({ file }) => existsSync(file));
  if (there !== undefined) throw new Told(`${there.file} is there already: name another --out, or move it away.`);
  await mkdir(out, { recursive: true });
  await inBatches(files, AT_ONCE, ({ file, request }) => writeFile(file, textOf(request, file), { flag: 'wx' }));
};

const fileOf = (out: string, { name }: Request): string => path.join(out, `${name}.yaml`);

const textOf = ({ wish, missing, warnings }: Request, file: string): string => {
  const head = [
    `${wish.namespace}/${wish.serviceAccount} has this without a grant. Read it, then: podid request -f ${file}`,
    ...missing,
    ...warnings,
  ];
  return `${head.map((line) => `# ${line.replaceAll(/\s+/g, ' ')}\n`).join('')}${stringify(wish, { lineWidth: 0, aliasDuplicateObjects: false })}`;
};

const summaryOf = (out: string, requests: readonly Request[]): string => {
  const waiting = requests.filter(({ missing }) => missing.length > 0).length;
  const some = `${requests.length} request${requests.length === 1 ? '' : 's'} in ${out}`;
  const first = requests[0];
  if (first === undefined) return 'Nothing to ask for.';
  const config = waiting === 0 ? '' : ` ${waiting} of them need something else first; each says what.`;
  return `${some}. Nothing was asked for yet.${config} Read them, then, for each: podid request -f ${fileOf(out, first)}`;
};

const leftOutLines = (leftOut: readonly LeftOut[]): readonly string[] =>
  leftOut.length === 0
    ? []
    : [
        '',
        `Left out, and still with the baseline (${leftOut.length}):`,
        ...leftOut.map(({ who, because }) => `  ${who}: ${because}`),
      ];
