/** The seams of the local cloud: what a service is, who calls it, and what the cloud offers to its services. */
import type { AccessRequest, Decision, NamedPolicy } from '../functions/policy/index.ts';

/** Who makes a call. A session of a role carries what STS put into it. */
export type Caller = {
  readonly kind: 'role' | 'user' | 'root' | 'service' | 'federated';
  /** `arn:…:sts::A:assumed-role/R/S`, `arn:…:iam::A:user/U`, `arn:…:iam::A:root`, the service principal, or the identity provider's ARN. */
  readonly arn: string;
  readonly account: string;
  /** `AROA…:session`, `AIDA…`, the account id for root, `PROVIDER:AUDIENCE:SUBJECT` for a web identity. */
  readonly userId: string;
  readonly accessKeyId?: string;
  /** The role behind a session. */
  readonly role?: { readonly arn: string; readonly id: string; readonly name: string };
  readonly session?: Session;
  /** For `kind: 'service'`: `events.amazonaws.com`, and on whose behalf (aws:SourceArn, aws:SourceAccount). */
  readonly service?: string;
  readonly source?: { readonly arn?: string; readonly account?: string };
  /** For `kind: 'federated'`: what the token says. The issuer is without `https://`. */
  readonly token?: { readonly issuer: string; readonly audience: string; readonly subject: string };
};

export type Session = {
  readonly name: string;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  readonly tags: ReadonlyMap<string, string>;
  readonly transitiveTagKeys: ReadonlySet<string>;
  readonly policies: readonly NamedPolicy[];
  readonly sourceIdentity?: string;
  /** The ARN of the identity provider whose token opened it. */
  readonly federatedProvider?: string;
  /** Whether it came from another role's session: then STS limits the next one to an hour. */
  readonly chained: boolean;
};

export type Credentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
};

/** One call under way. */
export type Call = {
  readonly cloud: Cloud;
  readonly caller: Caller;
  /** The account and region it is for: the caller's account, and the region of the signature's scope. */
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  readonly now: Date;
  readonly sourceIp: string;
  readonly userAgent: string;
};

/** What must be allowed before an operation runs. Several asks are all needed (`iam:PassRole` beside the action itself). */
export type Ask = {
  readonly action: string;
  readonly resource: string;
  /** The account that owns the resource; the caller's when absent. */
  readonly resourceAccount?: string;
  readonly resourcePolicy?: NamedPolicy;
  /** Trust policies: an identity policy alone never suffices. */
  readonly resourcePolicyRequired?: boolean;
  /** Further condition keys, lower or mixed case: `iam:ResourceTag/team`, `dynamodb:LeadingKeys`. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>;
};

/** One API operation: a typed function and what must be allowed. Adding a call is adding one of these. */
export type Operation<Input, Output> = {
  /** CloudTrail's `readOnly`; a call that isn't writes a record. */
  readonly readOnly: boolean;
  /** Read-only calls that are recorded all the same: those that hand out credentials. */
  readonly recorded?: true;
  /**
   * For a call that bears no signature: who makes it, as its input proves, and in which region. A signature that comes along says nothing.
   * What it throws leaves no record: nobody is known who could have made the call.
   */
  readonly unsigned?: (input: Input, cloud: Cloud) => Promise<{ readonly caller: Caller; readonly region: string }>;
  readonly asks: (input: Input, call: Call) => readonly Ask[];
  readonly run: (input: Input, call: Call) => Output | Promise<Output>;
  /**
   * What CloudTrail logs where it differs from input and output: EKS logs URI labels under their wire names, percent-encoded; IAM logs documents
   * as raw strings in the request, URL-encoded in the response; EKS Auth hides the token.
   */
  // A method, so that an operation of one output type fits into a table of unknown ones.
  trail?(
    input: Input,
    output: Output | undefined,
  ): { readonly requestParameters: unknown; readonly responseElements: unknown };
};

// biome's noExplicitAny is kept: a table of operations of many types is one of unknown ones, each checked where it is defined.
export type AnyOperation = Operation<never, unknown>;

/** A service: the scope of its signature, the schemas of its operations (from the SDK's client package), and the functions behind them. */
export type Service = {
  /** The service in the SigV4 scope: `eks`, `iam`, `sts`, `eks-auth`, `events`, `lambda`, `states`, `dynamodb`, `sqs`, `ec2`, `logs`. */
  readonly scope: string;
  /** `eks.amazonaws.com`: CloudTrail's eventSource. */
  readonly eventSource: string;
  /** IAM is global: its calls are in the partition's IAM region whatever the signature says. */
  readonly global?: boolean;
  readonly protocol: 'awsQuery' | 'ec2Query' | 'restJson1' | 'awsJson1_0' | 'awsJson1_1';
  /** `import * as iam from '@aws-sdk/client-iam'`: the module whose exports `CreateRole$`… are the schemas. */
  readonly schemas: Readonly<Record<string, unknown>>;
  /** The Query protocols' answers bear it: `https://iam.amazonaws.com/doc/2010-05-08/`. */
  readonly xmlNamespace?: string;
  /** CloudTrail logs what stands in a path under the wire's own names, which the SDK's schemas have lost: EKS's `clusterName` is `name`. */
  readonly pathNames?: Readonly<Record<string, string>>;
  readonly operations: Readonly<Record<string, AnyOperation>>;
  /**
   * For a service whose server is somebody else's (dynalite): called with the request's bytes for every operation that isn't in `operations`, instead of
   * NotImplemented. It authorizes by itself (`call.cloud.authorize`); what it answers goes out untouched; what it throws is encoded as the protocol's error.
   */
  readonly raw?: (operation: string, body: Uint8Array, call: Call) => Promise<RawAnswer>;
  /** Called before each call that isn't `readOnly`: keeps what readers go on seeing while the control endpoint makes the service late. */
  readonly keepPast?: (input: object, call: Call) => void;
  /** The operations that `raw` answers. */
  readonly rawOperations?: ReadonlySet<string>;
  /** Called once by `addService`: what the service listens to (EventBridge: the trail's records) or must end (`onClose`). */
  readonly attach?: (cloud: Cloud) => void;
};

/** An answer that the wire sends as it is. */
export type RawAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

/** A CloudTrail record in EventBridge's envelope, as the default bus of an account and region gets it. */
export type TrailEvent = {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
};

export type Cloud = {
  readonly partition: string;
  readonly now: () => Date;
  /** `http://127.0.0.1:PORT`, once it listens. */
  readonly endpoint: string;
  /** The account exists from now on. Ids are twelve digits. */
  readonly addAccount: (id: string) => void;
  readonly accounts: () => readonly string[];
  readonly addService: (service: Service) => void;
  /** A service's own state, made on first use: `state('sqs', `${account}/${region}`, () => new Map())`. */
  readonly state: <T>(service: string, scope: string, make: () => T) => T;
  /** An API call from inside, with the same authorization, records and errors as over the wire. Throws the SDK's exception classes. */
  readonly call: (
    scope: string,
    operation: string,
    input: object,
    as: { caller: Caller; region: string },
  ) => Promise<unknown>;
  /** Asks the policy engine for a caller: identity policies, boundary, session policies, the resource's policy; CloudTrail-free. */
  readonly decide: (caller: Caller, ask: Ask, region: string) => Decision;
  /** As `decide`, but throws AccessDenied (the service's own error shape) with AWS's wording. */
  readonly authorize: (caller: Caller, ask: Ask, region: string) => void;
  /** The request as the policy engine sees it; exported for tests and for the trust analysis. */
  readonly requestOf: (caller: Caller, ask: Ask, region: string) => AccessRequest;
  /** Every record, as it is written: EventBridge and the trail's viewers listen. */
  readonly onRecord: (listener: (event: TrailEvent) => void) => void;
  /** A session of a role for a service of ours (Lambda runs a function with its role): no trust is asked. */
  readonly issueSession: (
    roleArn: string,
    sessionName: string,
    invokedBy: string,
  ) => { credentials: Credentials; caller: Caller };
  /** The credentials of an account's administrator, for profiles and the demo's operator: an IAM user `admin`. */
  readonly administrator: (account: string) => { credentials: Credentials; caller: Caller };
  /** Something to stop at the end: workers, clusters, timers. Closed in reverse order. */
  readonly onClose: (close: () => Promise<void> | void) => void;
  readonly close: () => Promise<void>;
};
