/** The state machines as they are deployed: valid ASL, every placeholder filled, every function that they name there to be invoked. */

import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { SPOKE_FUNCTIONS } from '../../functions/runtime/spoke-call.ts';
import type { SynthesizedStack } from '../../infra/app.ts';
import { STATE_MACHINES } from '../../infra/constructs/machine.ts';
import { HUB, ofType, PAYMENTS, resourcesOf, synthesize } from './fixture.ts';

const SPOKE = `podid-spoke-${PAYMENTS}-eu-west-1`;
let stacks: readonly SynthesizedStack[];
const stack = (name: string) => stacks.find((one) => one.name === name);
beforeAll(() => {
  stacks = synthesize();
});

// asl-validator has no types of its own.
const validate: (definition: object) => { isValid: boolean; errorsText: () => string } = createRequire(import.meta.url)(
  'asl-validator',
);

describe.each(['Provision', 'Reconcile', 'Revoke', 'Sweep', 'Trust'])('%s', (id) => {
  const machine = () => resourcesOf(stack('podid-hub'))[id]?.Properties ?? {};
  const definition = () => {
    const given = machine().DefinitionSubstitutions;
    return String(machine().DefinitionString).replaceAll(/\$\{([A-Za-z]+)\}/g, (_whole, name) =>
      String(Object.entries(given ?? {}).find(([key]) => key === name)?.[1] ?? `not given: ${name}`),
    );
  };

  test('is valid ASL, with every placeholder filled', () => {
    expect(definition()).not.toContain('not given');
    const result = validate(
      JSON.parse(definition().replaceAll('arn:aws:test:::', `arn:aws:lambda:eu-west-1:${HUB}:function:`)),
    );
    expect([result.isValid, result.errorsText()]).toEqual([true, '']);
  });

  test('logs all steps without what was said in them, and is traced', () => {
    expect(machine()).toMatchObject({
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: false },
      TracingConfiguration: { Enabled: true },
    });
  });

  test('the spoke functions that it names are there, and every one that is there is named by the schema of the call', () => {
    const named = [...definition().matchAll(/"function": "([a-z-]+)"/g)].map(([, file]) => file ?? '');
    // Drift's functions ask the spokes themselves, through the function of all machines.
    expect(named.length > 0).toBe(id !== 'Reconcile' && id !== 'Sweep');
    const files = Object.values(resourcesOf(stack(SPOKE)))
      .filter(({ Type }) => Type === 'AWS::Lambda::Function')
      .map(({ Properties }) => String(Properties.FunctionName).replace(/^podid-/, ''));
    expect(files).toEqual(expect.arrayContaining(named));
    expect(files.sort()).toEqual([...SPOKE_FUNCTIONS]);
  });
});

test('there is a machine for each file', () => {
  const files = readdirSync(STATE_MACHINES).map((file) => `podid-${path.basename(file, '.asl.json')}`);
  const names = ofType(resourcesOf(stack('podid-hub')), 'AWS::StepFunctions::StateMachine').map(
    ([, p]) => p.StateMachineName,
  );
  expect(names.sort()).toEqual(files.sort());
});
