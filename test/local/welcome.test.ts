/** What is printed at the end of the start can be copied: it names the fleet's own things. */
import { expect, test } from '@jest/globals';
import { generatedFleet } from '../../local/fleet/generate.ts';
import { fleetOf } from '../../local/fleet/load.ts';
import type { Fleet } from '../../local/fleet/schema.ts';
import { welcome } from '../../local/welcome.ts';

const fleetWith = (associations: number): Fleet =>
  fleetOf(generatedFleet({ clusters: 2, associations, workloads: 0, seed: 1 }), '.').fleet;
const welcomeTo = (fleet: Fleet): string =>
  welcome({ endpoint: 'http://127.0.0.1:4747', env: '.podid/env', fleet, seconds: 1 });

test("the tips name the fleet's first cluster and its first association", () => {
  const text = welcomeTo(fleetWith(1));
  expect(text.match(/^ {2}\d {2}.*/gm)).toEqual([
    '  1  aws --profile spoke-00 eks list-pod-identity-associations --cluster-name c-000',
    '  2  kubectl --context c-000 -n team-000 get pods',
    '  3  ID=$(aws --profile spoke-00 eks list-pod-identity-associations --cluster-name c-000 --namespace team-000 \\',
    '  4  kubectl --context c-000 -n team-000 get pods --watch',
    '  5  npm run -s podid -- revocations show --latest',
  ]);
  expect(text).toContain('--service-account app-00 ');
  expect(text).toContain(
    'aws --profile spoke-00 eks delete-pod-identity-association --cluster-name c-000 --association-id $ID',
  );
});

test('without associations there is none to delete, and without clusters only what podid shows', () => {
  const fleet = fleetWith(0);
  expect(welcomeTo(fleet)).not.toMatch(/delete-pod-identity|undefined/);
  expect(welcomeTo({ ...fleet, accounts: fleet.accounts.slice(0, 1) })).not.toMatch(/aws --profile|kubectl|undefined/);
});
