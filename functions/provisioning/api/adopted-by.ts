/** The findings that a change is asked for to keep as they are: what they are about is the finding's to say, not the caller's. */
import { type Adopted, currentOf, type Grant, identitiesOf, newestOf, rolesOf, versionOf } from '../../grants/index.ts';
import { clusterArn } from '../../identity.ts';
import { inBatches } from '../../runtime/batches.ts';
import type { Doing } from './doing.ts';
import { Refused } from './problems.ts';

/** Who finds what a grant's version can want otherwise. */
const JUDGE = 'drift';

/**
 * @param adopts Ids with commas between them, as the request says; those of the version under way are known already, and may be over meanwhile
 * @throws Refused parameter-invalid, conflict
 */
export const adoptedBy = async (
  doing: Pick<Doing, 'store' | 'config'>,
  grant: Grant,
  adopts: string | undefined,
): Promise<Adopted[]> => {
  if (adopts === undefined) return [];
  const before = versionOf(grant, grant.pending?.version)?.adopts ?? [];
  const own = objectsOf(doing, grant);
  return inBatches([...new Set(adopts.split(','))], AT_ONCE, async (finding) => {
    const known = before.find((each) => each.finding === finding);
    if (known !== undefined) return known;
    const row = await doing.store.findings.get(finding);
    if (row?.judge !== JUDGE || row.subject === undefined || !own.has(row.object)) throw unknown(finding, grant);
    if (row.state !== 'open') {
      throw new Refused('conflict', `${finding} is resolved since ${row.resolvedAt}: there is nothing to keep.`, {
        grant: grant.id,
      });
    }
    return { finding, object: row.object, facet: row.subject };
  });
};

const AT_ONCE = 10;

/** Under which findings are kept: roles by their ARNs, an association by its cluster and whose it is. */
const objectsOf = ({ config }: Pick<Doing, 'config'>, grant: Grant): ReadonlySet<string> => {
  const { wish } = currentOf(grant) ?? newestOf(grant);
  return new Set([
    ...identitiesOf(wish).map((identity) => `${clusterArn(identity)}#${identity.namespace}/${identity.serviceAccount}`),
    ...rolesOf({ grantId: grant.id, wish, config }).map(({ roleArn }) => roleArn),
  ]);
};

const unknown = (finding: string, { id }: Grant): Refused =>
  new Refused('parameter-invalid', `There is no finding of drift ${finding} about grant ${id}.`, {
    problems: [{ path: 'query.adopts', problem: `${finding} is no finding of drift about this grant` }],
  });
