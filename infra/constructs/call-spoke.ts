/** The hub's one function that may invoke the spokes' functions: machines reach no other region by themselves. */
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { spokeRegions } from '../../functions/config.ts';
import { spokeFunctionArn } from '../../functions/names.ts';
import { addHubFunction, type HubBase } from './hub.ts';

/** The file's name: its role is what the spokes' functions let in. */
export const CALL_SPOKE = 'call-spoke';

export const callSpoke = (hub: HubBase): LambdaFunction =>
  addHubFunction(hub, {
    file: CALL_SPOKE,
    description: "Invokes a spoke's function, in whatever account and region it is.",
    // A spoke's function has 60 s.
    timeoutSeconds: 65,
    may: [
      {
        sid: 'InvokeSpokes',
        actions: ['lambda:InvokeFunction'],
        resources: hub.config.spokes.flatMap(({ account }) =>
          spokeRegions(hub.config, account).map((region) => spokeFunctionArn('*', account, region)),
        ),
        because: "The spokes' functions; each one's own resource policy lets this function's role in and nobody else.",
      },
    ],
  });
