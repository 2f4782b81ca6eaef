/** The cloud on one machine: services by their signature's scope, one path for every call, one port. */
import { randomUUID } from 'node:crypto';
import { partitionOf } from '../functions/partition.ts';
import { decide, denial, requestOf } from './authorize.ts';
import type { Cloud, Service } from './contract.ts';
import { perform } from './perform.ts';
import { administratorOf, createAdministrator } from './services/iam/administrator.ts';
import { service as iam } from './services/iam/index.ts';
import { service as sts } from './services/sts/index.ts';
import { sessionForService } from './services/sts/service-session.ts';
import { listenersOf } from './trail.ts';
import { notImplemented, refusal } from './wire/errors.ts';
import { answerOf } from './wire/exchange.ts';
import { listen } from './wire/server.ts';

export { PortTaken } from './wire/server.ts';

/** A cloud that can be reached over HTTP, once it listens. */
export type LocalCloud = Cloud & {
  /** Gives the endpoint. Without a port, or with 0, any free one. @throws PortTaken */
  readonly listen: (port?: number) => Promise<string>;
};

export type CloudOptions = {
  /** The time of everything in the cloud; the machine's when absent. */
  readonly now?: () => Date;
  /** `aws` when absent. */
  readonly partition?: string;
};

/** A cloud with IAM and STS, and no accounts yet. */
export const createCloud = ({ now = () => new Date(), partition = 'aws' }: CloudOptions = {}): LocalCloud => {
  const services = new Map<string, Service>();
  const states = new Map<string, unknown>();
  const accounts = new Set<string>();
  const closers: Array<() => Promise<void> | void> = [];
  let endpoint = '';
  let closed = false;

  const cloud: LocalCloud = {
    partition,
    now,
    get endpoint() {
      return endpoint;
    },
    addAccount: (id) => {
      if (accounts.has(id)) return;
      accounts.add(id);
      createAdministrator(cloud, id);
    },
    accounts: () => [...accounts],
    addService: (service) => {
      services.set(service.scope, service);
      service.attach?.(cloud);
    },
    state: <T>(service: string, scope: string, make: () => T): T => {
      const key = `${service} ${scope}`;
      if (!states.has(key)) states.set(key, make());
      // One function makes the state of a key, so what is found there has that function's type.
      return states.get(key) as T;
    },
    call: async (scope, operation, input, { caller, region }) => {
      const service = services.get(scope);
      if (service === undefined) throw notImplemented(scope, operation);
      return perform(service, operation, input, {
        cloud,
        caller,
        account: caller.account,
        region: service.global ? partitionOf(region).iamRegion : region,
        requestId: randomUUID(),
        now: now(),
        sourceIp: caller.service ?? 'AWS Internal',
        userAgent: caller.service ?? 'AWS Internal',
      });
    },
    decide: (caller, ask, region) => decide(cloud, caller, ask, region),
    authorize: (caller, ask, region) => {
      const message = denial(cloud, caller, ask, region);
      if (message === undefined) return;
      throw refusal(services.get(ask.action.split(':')[0] ?? '')?.protocol, 'accessDenied', message);
    },
    requestOf: (caller, ask, region) => requestOf(cloud, caller, ask, region),
    onRecord: (listener) => {
      listenersOf(cloud).add(listener);
    },
    issueSession: (roleArn, sessionName) => sessionForService(cloud, roleArn, sessionName),
    administrator: (account) => administratorOf(cloud, account),
    onClose: (close) => {
      // Whatever was still starting when the cloud was closed ends at once.
      if (closed) void close();
      else closers.push(close);
    },
    close: async () => {
      closed = true;
      for (const close of closers.splice(0).reverse()) await close();
    },
    listen: async (port = 0) => {
      const server = await listen((request) => answerOf(cloud, services, request), port);
      cloud.onClose(server.close);
      endpoint = server.endpoint;
      return endpoint;
    },
  };
  cloud.addService(iam);
  cloud.addService(sts);
  return cloud;
};
