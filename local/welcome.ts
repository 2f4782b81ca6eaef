/** What `npm start` prints when all is up: where it is, and what to try. */
import path from 'node:path';
import type { Door } from './door.ts';
import type { Fleet } from './fleet/schema.ts';

export type Welcome = {
  readonly endpoint: string;
  readonly env: string;
  readonly fleet: Fleet;
  readonly seconds: number;
  readonly door?: Door;
};

export const welcome = ({ endpoint, env, fleet, seconds, door }: Welcome): string => {
  const relative = path.relative(process.cwd(), env);
  const accounts = fleet.accounts.map((account, index) => {
    const what = index === 0 ? 'the hub' : contents(account);
    return `    ${account.name.padEnd(12)} ${account.id}  ${what}`;
  });
  return `
podid runs on a local cloud, ready after ${seconds.toFixed(1)} s. Ctrl-C ends it, and everything in it.

  AWS endpoint   ${endpoint}   (region ${fleet.region})
${door === undefined ? '' : doorLines(door, fleet)}  accounts       each is a profile; \`default\` is the hub's
${accounts.join('\n')}

In another terminal:

  source ${relative}

then try

${tips(fleet)
  .map((lines, index) => lines.map((line, at) => `  ${at === 0 ? index + 1 : ' '}  ${line}`).join('\n'))
  .join('\n')}

\`npm run -s podid -- fleet\` shows who has what, \`… trail --follow\` what happens. README.md shows how to take a pod's
credentials first and see them denied; docs/grants.md how to ask for access.
`;
};

/** Each is one or more lines; with the fleet's own names, so that they can be copied. */
const tips = ({ accounts }: Fleet): ReadonlyArray<readonly string[]> => {
  const [place] = accounts.flatMap(({ name, clusters }) => clusters.map((cluster) => ({ profile: name, cluster })));
  if (place === undefined) return [['npm run -s podid -- fleet']];
  const { profile, cluster } = place;
  const eks = `aws --profile ${profile} eks`;
  const list = `${eks} list-pod-identity-associations --cluster-name ${cluster.name}`;
  const [first] = cluster.associations;
  if (first === undefined) return [[list], [`kubectl --context ${cluster.name} get pods --all-namespaces`]];
  const pods = `kubectl --context ${cluster.name} -n ${first.namespace} get pods`;
  return [
    [list],
    [pods],
    [
      `ID=$(${list} --namespace ${first.namespace} \\`,
      `       --service-account ${first.serviceAccount} --query 'associations[0].associationId' --output text)`,
      `${eks} delete-pod-identity-association --cluster-name ${cluster.name} --association-id $ID`,
    ],
    [`${pods} --watch`],
    ['npm run -s podid -- revocations show --latest'],
  ];
};

const contents = ({ clusters, tables }: Fleet['accounts'][number]): string =>
  clusters.length === 0 ? `no cluster; table ${names(tables)}` : `cluster ${names(clusters)}`;

const names = (things: readonly { readonly name: string }[]): string => things.map(({ name }) => name).join(', ');

const doorLines = ({ api, issuer }: Door, { people }: Fleet): string => {
  const who = people.map(({ id, teams, tokenIn }) => {
    const token = tokenIn === undefined ? '' : `, $${tokenIn}`;
    return `    ${id.padEnd(12)} ${teams.join(', ')}${token}`;
  });
  return `  API            ${api}   (described at ${api}/docs)
  OpenID         ${issuer}   (podid login; these people, no passwords)
${who.join('\n')}
`;
};
