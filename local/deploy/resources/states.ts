/** AWS::StepFunctions::StateMachine. */
import { defineMachine } from '../../services/states/index.ts';
import type { Deploy } from '../contract.ts';
import { TemplateUnsupported } from '../intrinsics.ts';

type Properties = {
  readonly StateMachineName?: string;
  readonly RoleArn: string;
  readonly DefinitionString?: string;
  readonly Definition?: object;
  readonly DefinitionSubstitutions?: Readonly<Record<string, string>>;
  readonly StateMachineType?: 'STANDARD' | 'EXPRESS';
};

export const stateMachine: Deploy<Properties> = (properties, { cloud, account, region }, id) => {
  if (properties.StateMachineType === 'EXPRESS')
    throw new TemplateUnsupported('express workflows are not supported by the local cloud');
  const { StateMachineName: name = id, DefinitionSubstitutions: substitutions = {} } = properties;
  const text = properties.DefinitionString ?? JSON.stringify(properties.Definition);
  const definition = text.replaceAll(/\$\{(\w+)\}/g, (whole, key: string) => substitutions[key] ?? whole);
  const machine = defineMachine(cloud, account, region, { name, roleArn: properties.RoleArn, definition });
  return { ref: machine.arn, attributes: { Arn: machine.arn, Name: name } };
};
