/** The guardrails as they are shipped, and a grant to put to them. */
import path from 'node:path';
import { readGuardrails, readText, yamlOf } from '../../../../cli/guardrails-files.ts';
import {
  type Cases,
  type GrantFacts,
  type GuardrailSource,
  type Law,
  loadGuardrails,
  ownership,
  readCases,
} from '../../../../functions/grants/guardrails/index.ts';
import { cedar } from '../../../../functions/runtime/cedar.ts';
import { readConfig } from '../../../../infra/config-file.ts';

export const ROOT = path.resolve(import.meta.dirname, '../../../..');
export const DIRECTORY = path.join(ROOT, 'guardrails');

export const engine = cedar();
export const config = readConfig(path.join(ROOT, 'local/fleet/podid.config.yaml'));
export const files = readGuardrails(DIRECTORY);
export const cases: Cases = readCases(yamlOf(readText(path.join(DIRECTORY, 'cases.yaml'))));
export const guardrails = loadGuardrails(engine, files.source);
export const law: Law = { guardrails, owned: ownership(files.teams, config) };

/** Ada of checkout asks for a role of podid's making, in production, for 90 days. The guardrails allow her to. */
export const grant: GrantFacts = {
  id: 'g-1',
  version: 1,
  requester: { subject: 'u-ada', name: 'Ada', teams: ['checkout'] },
  team: 'checkout',
  identities: [
    { account: '222222222222', region: 'eu-west-1', cluster: 'payments', namespace: 'checkout', serviceAccount: 'api' },
  ],
  reason: 'to read orders',
  lifetimeSeconds: 7_776_000,
  sessionTags: true,
  roles: [
    {
      arn: 'arn:aws:iam::222222222222:role/podid/api',
      as: 'source',
      exists: false,
      ours: true,
      optedIn: false,
      excluded: false,
      boundary: 'arn:aws:iam::222222222222:policy/podid-boundary',
      policies: [],
    },
  ],
  associations: [],
  approvals: [],
  counts: { team: 0, namespaces: {} },
};

/** The shipped schema with other policies. */
export const withPolicies = (...texts: readonly string[]): GuardrailSource => ({
  schema: files.source.schema,
  policies: texts.map((text, index) => ({ file: `${index}.cedar`, text })),
});
