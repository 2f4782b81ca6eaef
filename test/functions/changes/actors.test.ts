import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Actor } from '../../../functions/actor.ts';
import { readActor } from '../../../functions/changes/actors.ts';

const ALICE = 'arn:aws:iam::111122223333:user/alice';
const rest = { eventId: 'e-1' };

describe('who made a call', () => {
  it.each([
    [
      { type: 'IAMUser', arn: ALICE, accountId: '111122223333', userName: 'alice' },
      { type: 'IAMUser', name: 'alice', account: '111122223333', arn: ALICE },
    ],
    [
      {
        type: 'AssumedRole',
        principalId: 'AROA:alice@example.com',
        sessionContext: {
          sessionIssuer: { arn: 'arn:aws:iam::111122223333:role/admin' },
          attributes: { mfaAuthenticated: 'false' },
        },
      },
      { type: 'AssumedRole', name: 'alice@example.com', issuerArn: 'arn:aws:iam::111122223333:role/admin', mfa: false },
    ],
    [
      { type: 'Root', accountId: '111122223333', sessionContext: { attributes: { mfaAuthenticated: true } } },
      { type: 'Root', account: '111122223333', mfa: true },
    ],
    [
      { type: 'AWSService', invokedBy: 'eks.amazonaws.com' },
      { type: 'AWSService', invokedBy: 'eks.amazonaws.com' },
    ],
    [
      { type: 'AWSAccount', principalId: 'AIDA', accountId: '444455556666' },
      { type: 'AWSAccount', account: '444455556666' },
    ],
    [
      { type: 'WebIdentityUser', userName: 'repo:x' },
      { type: 'WebIdentityUser', name: 'repo:x' },
    ],
    [
      { type: 'IdentityCenterUser', onBehalfOf: { userId: '9448-2488' } },
      { type: 'IdentityCenterUser', name: '9448-2488' },
    ],
    [undefined, { type: 'Unknown' }],
    [null, { type: 'Unknown' }],
    ['alice', { type: 'Unknown' }],
    [{ type: 7, arn: ['x'], sessionContext: 'none' }, { type: 'Unknown' }],
  ])('%j is read as %j', (userIdentity, expected) => {
    expect(readActor({ userIdentity }, 'e-1')).toEqual({ ...expected, ...rest });
  });

  it('tells from where and with what, shortened', () => {
    const detail = {
      userIdentity: { type: 'Root' },
      sourceIPAddress: '198.51.100.7',
      userAgent: 'x'.repeat(600),
      requestID: 'q-1',
    };
    expect(readActor(detail, 'e-1')).toEqual({
      type: 'Root',
      sourceIp: '198.51.100.7',
      userAgent: 'x'.repeat(512),
      requestId: 'q-1',
      ...rest,
    });
  });

  it('is always an actor, whatever the record says', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (detail, userIdentity) => {
        Actor.parse(readActor(detail, 'e-1'));
        Actor.parse(readActor({ userIdentity }, 'e-1'));
      }),
    );
  });
});
