/** The problems that the API answers with (RFC 9457): one table of their types, and the error that carries one to the edge. */
import type { ProblemView } from './schemas.ts';

type Kind = { readonly status: ProblemView['status']; readonly title: string };

/** By the last part of the type's URN. A type's name and status are an interface: docs/api.md lists them. */
export const PROBLEMS = {
  'body-unreadable': { status: 400, title: 'The body is no JSON' },
  'parameter-invalid': { status: 400, title: 'A parameter of the request is not as it must be' },
  unauthenticated: { status: 401, title: 'It is not known who is asking' },
  'not-yours': { status: 403, title: 'This is not yours to see or to do' },
  'guardrails-refuse': { status: 403, title: 'The guardrails refuse it' },
  'no-such-thing': { status: 404, title: 'There is no such thing' },
  'method-not-allowed': { status: 405, title: 'This can not be done with it' },
  'identity-taken': { status: 409, title: 'A service account has one association, and another grant holds it' },
  conflict: { status: 409, title: 'It does not fit the grant as it is' },
  'in-progress': { status: 409, title: 'The same request is being answered right now' },
  'changed-since': { status: 412, title: 'The grant has changed since it was read' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'media-type': { status: 415, title: 'The body must be application/json' },
  'wish-invalid': { status: 422, title: 'The wish can not be granted as it is' },
  'plan-blocked': { status: 422, title: 'The plan can not be carried out' },
  'body-invalid': { status: 422, title: 'The body is not as it must be' },
  'key-reused': { status: 422, title: 'The Idempotency-Key was used for another request' },
  'if-match-missing': { status: 428, title: 'A change needs If-Match' },
  'too-many-requests': { status: 429, title: 'Too many requests' },
  internal: { status: 500, title: 'Something is wrong on our side' },
  unavailable: { status: 503, title: 'Not available right now' },
} as const satisfies Record<string, Kind>;

export type ProblemName = keyof typeof PROBLEMS;

type More = Pick<ProblemView, 'problems' | 'because' | 'grant'> & {
  /** Header fields that go with it. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
};

/** Ends a request with a problem. The message is the problem's detail: a sentence for whoever asked. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly problem: ProblemName;
  readonly more: More;

  constructor(problem: ProblemName, detail: string, more: More = {}) {
    super(detail, { cause: more.cause });
    this.problem = problem;
    this.more = more;
  }
}

/** The document for a refusal. `instance`: the request's id. */
export const problemView = ({ problem, message, more }: Refused, instance: string): ProblemView => {
  const { problems, because, grant } = more;
  return {
    type: `urn:podid:problem:${problem}`,
    ...PROBLEMS[problem],
    detail: message,
    instance: `urn:podid:request:${instance}`,
    ...(problems && { problems }),
    ...(because && { because }),
    ...(grant !== undefined && { grant }),
  };
};
