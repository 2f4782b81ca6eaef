/** One dynalite for each account and region, reached without a port: nothing but our own authorization leads to it. */
import { Agent, request } from 'node:http';
import { duplexPair } from 'node:stream';
import dynalite from 'dynalite';
import { partitionOf } from '../../../functions/partition.ts';
import type { Cloud, RawAnswer } from '../../contract.ts';

export type Server = {
  /** Sends a request of the JSON protocol and gives the answer as it is. */
  readonly ask: (operation: string, body: Uint8Array | string) => Promise<RawAnswer>;
};

export const serverOf = (cloud: Cloud, account: string, region: string): Server =>
  cloud.state('dynamodb', `${account}/${region}`, () => start(cloud, account, region));

/** Any signature will do: who calls was settled before. */
const SIGNATURE =
  'AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host, Signature=local';

const start = (cloud: Cloud, account: string, region: string): Server => {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // A pair of streams in memory instead of a socket.
  const agent = new Agent({ keepAlive: false, maxSockets: 16 });
  agent.createConnection = () => {
    const [ours, theirs] = duplexPair();
    // The end of one is not the other's, as it is with sockets: dynalite would keep a connection, some ten kB, for each request that there ever was.
    ours.once('close', () => theirs.destroy());
    server.emit('connection', theirs);
    return ours;
  };
  const underWay = new Set<Promise<unknown>>();
  cloud.onClose(async () => {
    // dynalite throws into the process when a request is cut off.
    await Promise.allSettled(underWay);
    agent.destroy();
  });
  const arns = `arn:${cloud.partition}:dynamodb:${region}:${account}:table/`;
  return {
    ask: async (operation, body) => {
      const exchanged = exchange(agent, operation, ABOUT_TABLES.test(operation) ? toForeign(body) : body);
      underWay.add(exchanged);
      const answer = await exchanged.finally(() => underWay.delete(exchanged));
      return ABOUT_TABLES.test(operation) ? withArns(answer, arns) : answer;
    },
  };
};

const exchange = (agent: Agent, operation: string, body: Uint8Array | string): Promise<RawAnswer> => {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    'content-length': Buffer.byteLength(body),
    'x-amz-target': `DynamoDB_20120810.${operation}`,
    'x-amz-date': '20260101T000000Z',
    authorization: SIGNATURE,
  };
  const sent = request({ agent, method: 'POST', headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('error', reject);
    response.on('end', () =>
      resolve(rawAnswer(response.statusCode, response.headers['x-amz-crc32'], Buffer.concat(chunks))),
    );
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
};

const rawAnswer = (status = 500, checksum: string | string[] | undefined, body: Buffer): RawAnswer => ({
  status,
  headers: {
    'content-type': 'application/x-amz-json-1.0',
    ...(typeof checksum === 'string' ? { 'x-amz-crc32': checksum } : {}),
  },
  body,
});

/** dynalite takes account and region from this process's environment; the ARNs of tables are set right on their way through. */
const ABOUT_TABLES = /Table|Tag|TimeToLive/;
const FOREIGN_REGION = 'us-east-1';
const FOREIGN = `arn:${partitionOf(FOREIGN_REGION).name}:dynamodb:${FOREIGN_REGION}:000000000000:table/`;
const TABLE_ARN = /arn:[\w-]+:dynamodb:[\w-]*:\d*:table\//g;

const toForeign = (body: Uint8Array | string): string => Buffer.from(body).toString().replaceAll(TABLE_ARN, FOREIGN);

const withArns = ({ status, headers, body }: RawAnswer, arns: string): RawAnswer => {
  const text = Buffer.from(body)
    .toString()
    .replaceAll(TABLE_ARN, () => arns);
  // The checksum was of the text before.
  const { 'x-amz-crc32': _, ...rest } = headers;
  return { status, headers: rest, body: Buffer.from(text) };
};
