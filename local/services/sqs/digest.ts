/** The MD5 sums by which SQS's clients check what arrived (SQS developer guide, "Calculating the MD5 message digest for message attributes"). */
import { createHash } from 'node:crypto';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';

export const digestOfBody = (body: string): string => createHash('md5').update(body).digest('hex');

export const digestOfAttributes = (attributes: Readonly<Record<string, MessageAttributeValue>>): string => {
  const hash = createHash('md5');
  const put = (value: string | Uint8Array): void => {
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of Object.keys(attributes).sort()) {
    const value = attributes[name];
    put(name);
    put(value?.DataType ?? '');
    // 1 stands for text, 2 for binary.
    if (value?.BinaryValue === undefined) {
      hash.update(Uint8Array.of(1));
      put(value?.StringValue ?? '');
    } else {
      hash.update(Uint8Array.of(2));
      put(value.BinaryValue);
    }
  }
  return hash.digest('hex');
};
