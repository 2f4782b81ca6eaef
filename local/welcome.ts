/** What `npm start` prints when all is up: where it is, and five things to try. */
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

  1  aws --profile payments eks list-pod-identity-associations --cluster-name payments
  2  kubectl --context payments -n checkout get pods
  3  ID=$(aws --profile payments eks list-pod-identity-associations --cluster-name payments --namespace checkout \\
            --service-account api --query 'associations[0].associationId' --output text)
     aws --profile payments eks delete-pod-identity-association --cluster-name payments --association-id $ID
  4  kubectl --context payments -n checkout get pods --watch
  5  npm run -s podid -- revocations show --latest

README.md shows how to take a pod's credentials first and see them denied.
`;
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
