/** A revocation that ends a grant is told by who deleted the association, and in whose name. */
import { expect, test } from '@jest/globals';
import { endsGrant } from '../../../functions/revocation/ends-grant.ts';

const identity = {
  ...{ account: '222222222222', region: 'eu-west-1', cluster: 'shop' },
  ...{ namespace: 'checkout', serviceAccount: 'api' },
};
const role = (name: string): string => `arn:aws:iam::222222222222:role/${name}`;

test.each([
  ['the end of a grant', 'podid-undo-grant-eu-west-1', 'aws-sdk-js/3 podid/g-0123456789abcdef-v1-r1', true],
  ['our function in nobody’s name', 'podid-undo-grant-eu-west-1', 'aws-sdk-js/3', false],
  ['our function for a revocation', 'podid-undo-grant-eu-west-1', 'aws-sdk-js/3 podid/r-0123456789ab-1', false],
  ['somebody who says so', 'admin', 'aws-cli/2 podid/g-0123456789abcdef-v1-r1', false],
])('%s', (_what, issuer, userAgent, expected) => {
  const actor = { type: 'AssumedRole', issuerArn: role(issuer), userAgent, eventId: 'e' };
  expect(endsGrant({ actor, identity })).toBe(expected);
});
