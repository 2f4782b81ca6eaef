/** The protocols by name. */
import type { Service } from '../contract.ts';
import { awsJson1_0, awsJson1_1, restJson1 } from './json.ts';
import type { Protocol } from './message.ts';
import { awsQuery, ec2Query } from './query.ts';

export const PROTOCOLS: Record<Service['protocol'], Protocol> = {
  awsQuery,
  ec2Query,
  awsJson1_0,
  awsJson1_1,
  restJson1,
};
