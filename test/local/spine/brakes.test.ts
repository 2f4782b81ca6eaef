/** What holds a revocation back, and what it does when access changes instead of going: modes, kill switch, breaker, settle window, updates. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clusterArn } from '../../../functions/identity.ts';
import type { Credentials } from '../../../local/contract.ts';
import { associate, change, dissociate } from './associations.ts';
import { podid } from './command-line.ts';
import { type Crash, crashing, type Fault } from './faults.ts';
import {
  deployment,
  HUB,
  inShop,
  NAMESPACE,
  namespace,
  NODE_ROLE,
  nodes,
  podRole,
  REGION,
  roleArn,
  SHOP,
  serviceAccount,
  shop,
} from './fleets.ts';
import { eventually, type Place, type Running, startFleet, storeOf } from './harness.ts';
import { isInjected, namesOf, podCredentials, podsOf, podsRunning, scan } from './pods.ts';
import { deniesOn, ended, resultOf, revocationsOf } from './revocations.ts';

const LIFTS = ['given-back', 'lift-dies-before', 'lift-dies-after'];
const faults: Fault[] = [
  { file: 'lift-deny', when: 'before', crash: 'Runtime.ExitError' satisfies Crash, about: 'lift-dies-before' },
  { file: 'lift-deny', when: 'after', crash: 'Sandbox.Timedout' satisfies Crash, about: 'lift-dies-after' },
];
const struck = new Set<Fault>();

/** Long enough that a slow machine has written the deny before the window ends. */
const SETTLE_SECONDS = 6;

/** A second cluster, whose team looks on for now; a third, with so few identities that a handful is most of them. */
const WATCHED: Place = { context: 'watched', namespace: NAMESPACE, serviceAccount: 'looked-at' };
const MANY = Array.from({ length: 8 }, (_, index) => `many-${index}`);
const inCrowd = (member: string): Place => ({ context: 'crowd', namespace: NAMESPACE, serviceAccount: member });
const CROWD = { account: SHOP, region: REGION, cluster: 'crowd' };

const fleet = () => {
  const data = shop({
    members: ['switched-off', ...LIFTS, 'role-changed', 'target-changed', 'tags-changed', 'moved'],
    roles: [...['looked-at', ...MANY, 'other', 'target'].map((name) => podRole(name))],
    revocation: { settleSeconds: SETTLE_SECONDS, withoutSessionTags: 'report' },
    breaker: { identities: 25, percent: 50, percentFrom: 5 },
  });
  const [spoke] = data.config.spokes;
  spoke?.clusters.push({ name: 'watched', region: REGION, mode: 'observe' });
  spoke?.clusters.push({ name: 'crowd', region: REGION, mode: 'remediate' });
  const cluster = (name: string, members: string[], replicas: number) => ({
    name,
    region: REGION,
    nodeRole: NODE_ROLE.name,
    nodes: nodes(1, name),
    associations: members.map((member) => ({
      namespace: NAMESPACE,
      serviceAccount: member,
      roleArn: roleArn(member),
    })),
    manifests: [
      namespace(NAMESPACE),
      ...members.map((member) => serviceAccount(member)),
      ...members.map((member) => deployment(member, { replicas })),
    ],
  });
  data.accounts[1]?.clusters?.push(cluster('watched', ['looked-at'], 2), cluster('crowd', MANY, 1));
  return data;
};
