/** What the machines hand to `call-spoke`, and how a spoke's answer or error becomes ours. Pure. */
import * as z from 'zod';
import { type Config, spokeRegions } from '../config.ts';
import { Failure } from './errors.ts';

/** Every function that the hub may invoke in a spoke, by its file's name. */
export const SPOKE_FUNCTIONS = [
  'apply-role',
  'assess',
  'associate',
  'cut-sessions',
  'describe-associations',
  'drop-association',
  'find-clusters',
  'lift-deny',
  'list-associations',
  'list-made',
  'list-roles',
  'list-service-accounts',
  'lookup-events',
  'mend-role',
  'read-associations',
  'read-cluster',
  'read-object',
  'read-role',
  'restart',
  'roles-of-policy',
  'survey',
  'tighten-trust',
  'trace-roles',
  'undo-grant',
  'verify',
  'verify-grant',
] as const;

export const CallSpoke = z.strictObject({
  function: z.enum(SPOKE_FUNCTIONS),
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  /** The function's own schema checks it. */
  input: z.unknown(),
});
export type CallSpoke = z.infer<typeof CallSpoke>;

/** @throws Failure NotFound where the configuration has no spoke: nothing of ours is there */
export const assertConfigured = ({ account, region }: CallSpoke, config: Config): void => {
  const known = config.spokes.some((spoke) => spoke.account === account);
  if (known && spokeRegions(config, account).includes(region)) return;
  throw new Failure(
    'NotFound',
    `podid.config.yaml has no spoke in account ${account}, region ${region}; add it and deploy its stack`,
  );
};

/** A spoke's error under the spoke's own name: the machine's Retry and Catch lists know it by that. */
export class SpokeFailure extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Answer = { readonly FunctionError?: string | undefined; readonly Payload?: Uint8Array | undefined };

const Thrown = z.object({ errorType: z.string(), errorMessage: z.string() });

/**
 * The function's result.
 * @throws SpokeFailure what the function threw; Failure ServiceUnavailable when it crashed or ran out of time (Lambda's `Runtime.…`, `Sandbox.…`)
 */
export const readAnswer = (arn: string, { FunctionError, Payload }: Answer): unknown => {
  const value: unknown = JSON.parse(new TextDecoder().decode(Payload) || 'null');
  if (FunctionError === undefined) return value;
  const { data } = Thrown.safeParse(value);
  if (data === undefined || /^(Runtime|Sandbox)\./.test(data.errorType)) {
    const why = data === undefined ? FunctionError : `${data.errorType}: ${data.errorMessage}`;
    throw new Failure('ServiceUnavailable', `${arn} did not finish: ${why}`);
  }
  throw new SpokeFailure(data.errorType, data.errorMessage);
};
