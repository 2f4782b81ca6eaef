/** Reads request bodies: JSON, YAML, or Kubernetes' protobuf. */
import type { IncomingMessage } from 'node:http';
import { parse } from 'yaml';
import type { Json } from './json.ts';
import { decodeProtobuf } from './protobuf.ts';
import { ApiError, badRequest } from './status.ts';

/** The real server's limit: 3 MiB. */
const LIMIT = 3 * 1_024 * 1_024;

export type Body = { bytes: Buffer; type: string };

/** @throws ApiError 413 */
export const readBody = async (request: IncomingMessage): Promise<Body> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LIMIT) {
      throw new ApiError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${LIMIT}`);
    }
    chunks.push(chunk);
  }
  const type = (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '';
  return { bytes: Buffer.concat(chunks), type };
};

/** The value in a body; an empty one is undefined. @throws ApiError 400, 415 */
export const parseBody = ({ bytes, type }: Body): Json | undefined => {
  if (bytes.length === 0) return undefined;
  if (type === 'application/vnd.kubernetes.protobuf') return decodeProtobuf(bytes);
  try {
    if (type.endsWith('json')) return JSON.parse(bytes.toString('utf8'));
    if (type.endsWith('yaml')) return parse(bytes.toString('utf8'));
  } catch (error) {
    throw badRequest(`the body could not be read as ${type}: ${error instanceof Error ? error.message : error}`);
  }
  throw new ApiError(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
};
