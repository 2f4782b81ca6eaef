/** The clients over HTTP, against a server that says what IAM says when it is asked too often. */

import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { getRole } from '../../../functions/aws/iam.ts';

const seen: IncomingMessage[] = [];
const answers: Array<{ status: number; body: string }> = [];
const server = createServer((request, response) => {
  seen.push(request);
  request.resume().on('end', () => {
    const { status, body } = answers.shift() ?? ROLE;
    response.writeHead(status, { 'Content-Type': 'text/xml' }).end(body);
  });
});

const THROTTLED = {
  status: 400,
  body: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
};
const ROLE = {
  status: 200,
  body: `<GetRoleResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><GetRoleResult><Role><Path>/team/</Path>
    <RoleName>orders</RoleName><RoleId>AROAEXAMPLE</RoleId><Arn>arn:aws:iam::111122223333:role/team/orders</Arn>
    <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>`,
};

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
  process.env.AWS_REGION = 'eu-west-1';
  process.env.AWS_ACCESS_KEY_ID = 'AKIDEXAMPLE';
  process.env.AWS_SECRET_ACCESS_KEY = 'secret';
});
beforeEach(() => {
  seen.length = 0;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('the IAM client', () => {
  it('asks again when AWS says to slow down', async () => {
    answers.push(THROTTLED);
    expect(await getRole('orders')).toEqual({
      arn: 'arn:aws:iam::111122223333:role/team/orders',
      path: '/team/',
      name: 'orders',
    });
    expect(seen).toHaveLength(2);
  });

  it("bears the asker's id into CloudTrail, each its own", async () => {
    await getRole('orders', { asker: 'r-1' });
    await getRole('orders', { asker: 'r-2' });
    await getRole('orders');
    const agents = seen.map(({ headers }) => headers['user-agent'] ?? '');
    expect(agents.map((agent) => /podid\/(\S+)/.exec(agent)?.[1])).toEqual(['r-1', 'r-2', undefined]);
  });
});
