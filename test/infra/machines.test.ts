/** The state machines as they are deployed: valid ASL, every placeholder filled, every function that they name there to be invoked. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
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

describe.each(['Revoke', 'Sweep'])('%s', (id) => {
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

  test('the spoke functions that it names are there, and let it in', () => {
    const named = [...definition().matchAll(/function:podid-([a-z-]+)/g)].map(([, file]) => file ?? '');
    expect(named.length).toBeGreaterThan(0);
    const spoke = resourcesOf(stack(SPOKE));
    for (const file of named) {
      const grants = Object.values(spoke).filter(({ Type, Properties }) => {
        const pascal = file.replaceAll(/(^|-)(.)/g, (_all, _dash, letter: string) => letter.toUpperCase());
        return Type === 'AWS::Lambda::Permission' && Properties.FunctionName === `arn:aws:test:::${pascal}`;
      });
      expect([file, grants.map(({ Properties }) => Properties.Principal)]).toEqual([
        file,
        [`arn:aws:iam::${HUB}:role/podid-${id.toLowerCase()}-machine`],
      ]);
    }
  });
});

test('there is a machine for each file', () => {
  const files = readdirSync(STATE_MACHINES).map((file) => `podid-${path.basename(file, '.asl.json')}`);
  const names = ofType(resourcesOf(stack('podid-hub')), 'AWS::StepFunctions::StateMachine').map(
    ([, p]) => p.StateMachineName,
  );
  expect(names.sort()).toEqual(files.sort());
});
