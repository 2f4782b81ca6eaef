/** Every service of the local cloud. */
import type { Service } from '../contract.ts';
import { service as cloudformation } from './cloudformation/index.ts';
import { service as cloudtrail } from './cloudtrail/index.ts';
import { service as dynamodb } from './dynamodb/index.ts';
import { service as ec2 } from './ec2/index.ts';
import { service as eks } from './eks/index.ts';
import { service as eksAuth } from './eks-auth/index.ts';
import { service as events } from './events/index.ts';
import { service as iam } from './iam/index.ts';
import { service as lambda } from './lambda/index.ts';
import { service as logs } from './logs/index.ts';
import { service as sqs } from './sqs/index.ts';
import { service as states } from './states/index.ts';
import { service as sts } from './sts/index.ts';

export const services: readonly Service[] = [
  iam,
  sts,
  eks,
  eksAuth,
  ec2,
  events,
  lambda,
  states,
  dynamodb,
  sqs,
  logs,
  cloudtrail,
  cloudformation,
];
