/** Errors that a person can do something about, as one line that says what. */
import { isFailure } from '../functions/runtime/errors.ts';
import { Told } from './told.ts';

/** The line; undefined for what nobody foresaw, which shows where it broke. */
export const explain = (error: unknown): string | undefined => {
  if (error instanceof Told) return error.message;
  // What the store caught says more about the caller's side than what it made of it for the functions.
  const cause = isFailure(error) && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return undefined;
  if ('code' in cause && typeof cause.code === 'string' && NO_ANSWER.has(cause.code)) {
    return `${cause.message}. Is the endpoint right (AWS_ENDPOINT_URL)? For the local cloud: npm start`;
  }
  if (SPEAKING.has(cause.name)) return cause.message;
  const remedy = REMEDIES[cause.name];
  if (remedy !== undefined) return `${cause.message.replace(/\.$/, '')}. ${remedy}`;
  if (isFailure(error)) return error.message;
  return '$metadata' in cause ? `${cause.name}: ${cause.message}` : undefined;
};

/** Errors of pure code whose message says what to do: by name, so that the command line need not load what throws them. */
const SPEAKING: ReadonlySet<string> = new Set([
  'AbacRefused',
  'AskMalformed',
  'MixedAccounts',
  'NamesInvalid',
  'NotExact',
  'NothingAsked',
  'NothingLeft',
  'NotProvable',
  'OtherUniverse',
  'PolicyMalformed',
  'ReachUndecided',
]);

/** Codes of Node's network errors. */
const NO_ANSWER: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT']);

const OTHERS =
  "Are these the hub's credentials? PODID_PROFILE names the profile; on the local cloud, source .podid/env after each start.";

const REMEDIES: Readonly<Record<string, string>> = {
  CredentialsProviderError: 'PODID_PROFILE names the profile. On the local cloud: source .podid/env',
  UnrecognizedClientException: OTHERS,
  InvalidClientTokenId: OTHERS,
  ExpiredToken: OTHERS,
  ExpiredTokenException: OTHERS,
  AccessDenied: "The command needs the hub's table and machines; PODID_PROFILE names the profile that may use them.",
  AccessDeniedException:
    "The command needs the hub's table and machines; PODID_PROFILE names the profile that may use them.",
  ResourceNotFoundException:
    "There is no podid in this account and region: PODID_PROFILE names the hub's profile, PODID_HUB_REGION its region.",
  StateMachineDoesNotExist:
    "There is no podid in this account and region: PODID_PROFILE names the hub's profile, PODID_HUB_REGION its region.",
};
