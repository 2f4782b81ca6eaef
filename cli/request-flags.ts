/** A wish by flags: what each says, laid over what the file or the grant that is changed says already. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { untilLifetime } from './grants-times.ts';
import { alsoKnownAs } from './other-name.ts';
import { readSource } from './source.ts';
import { Told } from './told.ts';

export type WishFlags = {
  cluster?: readonly ClusterFlag[];
  namespace?: string;
  serviceAccount?: string;
  role?: string;
  managedPolicy?: readonly string[];
  inline?: string;
  template?: string;
  param?: Readonly<Record<string, unknown>>;
  target?: readonly TargetFlag[];
  targetManagedPolicy?: readonly string[];
  targetInline?: string;
  targetTemplate?: string;
  targetParam?: Readonly<Record<string, unknown>>;
  sessionTags?: boolean;
  sessionPolicy?: string;
  reason?: string;
  team?: string;
  for?: string;
  until?: string;
  zone?: string;
  restartPods?: boolean;
  takeOver?: boolean;
};

type ClusterFlag = { readonly account: string; readonly region: string; readonly cluster: string };
type TargetFlag = { readonly account: string; readonly role: string; readonly chained: boolean };
type PermissionFlags = {
  readonly managedPolicy?: readonly string[] | undefined;
  readonly inline?: string | undefined;
  readonly template?: string | undefined;
  readonly param?: Readonly<Record<string, unknown>> | undefined;
};

/** The same on every command that takes a wish. */
export const withWishFlags = (command: Command): Command =>
  alsoKnownAs(command, 'reason', 'why')
    .optionsGroup('For whom:')
    .option('--cluster <account/region/name>', 'a cluster, once for each', clusters)
    .option('--namespace <name>')
    .option('--service-account <name>')
    .optionsGroup("What they can do in the cluster's account:")
    .option('--role <managed|arn>', 'a role that podid makes, or one that is there')
    .option('--managed-policy <arn>', 'once for each', listed)
    .option('--inline <file>', 'a policy as JSON, - for the standard input')
    .option('--template <name>', 'ready-made permissions: podid abac --help')
    .option('--param <name=value>', 'of the template; true, false, [lists] and {objects} are JSON', parameters)
    .optionsGroup('What they can do in other accounts:')
    .option('--target <account[:chained]>', 'an account, or the ARN of a role there, once for each', targets)
    .option('--target-managed-policy <arn>', 'of each target; once for each', listed)
    .option('--target-inline <file>', 'of each target')
    .option('--target-template <name>', 'of each target')
    .option('--target-param <name=value>', "of the targets' template", parameters)
    .optionsGroup('How, why and for how long:')
    .option('--session-tags', 'sessions say which service account they are')
    .option('--no-session-tags')
    .option('--session-policy <file>', 'narrows what sessions can do; with --no-session-tags')
    .option('--reason <text>', 'what it is for; who approves it reads it')
    .option('--team <name>', 'who answers for it')
    .addOption(new Option('--for <duration>', 'how long from its activation on: P30D, PT8H').conflicts('until'))
    .option('--until <time>', '2027-01-31, 2027-01-31T18:00 (by your clock), 2027-01-31T18:00:00Z')
    .option('--zone <name>', 'whose clock --until is by: Europe/Berlin')
    .option('--restart-pods', 'restart pods that have no credentials until then')
    .option('--take-over', 'take over a role or association that is there and differs');

const Permissions = z.looseObject({});
/** What is laid over: only what this file has to know; the API judges the rest. */
const Base = z.looseObject({
  source: z.looseObject({ role: z.unknown(), permissions: Permissions.optional() }).optional(),
  targets: z.array(z.looseObject({ permissions: Permissions.optional() })).optional(),
});

/**
 * The wish that is sent; whether it is a good one says the API.
 * @param base What a file, or the grant that is changed, says
 * @throws Told when a file can't be read, or there is neither base nor what every wish has
 */
export const wishOf = async (flags: WishFlags, base?: unknown): Promise<Laid> => {
  const read = Base.safeParse(base ?? {});
  if (!read.success) throw new Told(`That is no wish: ${z.prettifyError(read.error)}`);
  if (base === undefined) refuseIncomplete(flags);
  const { source, targets: present, ...others } = read.data;
  const permissions = await permissionsOf(flags, source?.permissions);
  const targetFlags = {
    managedPolicy: flags.targetManagedPolicy,
    inline: flags.targetInline,
    template: flags.targetTemplate,
    param: flags.targetParam,
  };
  const named: readonly Target[] | undefined = flags.target ?? present;
  const wished =
    named === undefined ? undefined : await Promise.all(named.map((target) => targetOf(target, targetFlags)));
  if (wished === undefined && Object.values(targetFlags).some((flag) => flag !== undefined)) {
    throw new Told('Flags of targets (--target-…) need a target: --target ACCOUNT');
  }
  const lifetime = lifetimeOf(flags);
  return {
    ...others,
    ...given({ clusters: flags.cluster, namespace: flags.namespace, serviceAccount: flags.serviceAccount }),
    source: { ...source, role: flags.role ?? source?.role ?? 'managed', ...given({ permissions }) },
    ...given({ targets: wished, sessionTags: flags.sessionTags }),
    ...given({ sessionPolicy: await fileOf(flags.sessionPolicy) }),
    ...given({ reason: flags.reason, team: flags.team, lifetime }),
    ...given({ restartPods: flags.restartPods, takeOver: flags.takeOver }),
  };
};

/** `--for` or `--until`; undefined when neither is given. @throws Told */
export const lifetimeOf = (flags: Pick<WishFlags, 'for' | 'until' | 'zone'>) => {
  if (flags.for !== undefined) return { for: flags.for };
  if (flags.until !== undefined) return untilLifetime(flags.until, flags.zone);
  if (flags.zone !== undefined) throw new Told('--zone says whose clock --until is by: give --until, too.');
  return undefined;
};

const NEEDED: ReadonlyArray<readonly [name: keyof WishFlags, flag: string]> = [
  ['cluster', '--cluster'],
  ['namespace', '--namespace'],
  ['serviceAccount', '--service-account'],
  ['reason', '--reason'],
  ['team', '--team'],
];

const refuseIncomplete = (flags: WishFlags): void => {
  const missing = NEEDED.filter(([name]) => flags[name] === undefined).map(([, flag]) => flag);
  if (missing.length > 0) throw new Told(`Say also ${missing.join(', ')}; or give the whole wish: -f FILE`);
};

type Laid = Readonly<Record<string, unknown>>;
type Target = Laid & { readonly permissions?: Laid | undefined };

const permissionsOf = async (flags: PermissionFlags, base: Laid | undefined): Promise<Laid | undefined> => {
  const { managedPolicy, inline, template, param } = flags;
  const before = z
    .looseObject({ template: z.looseObject({ name: z.unknown() }).optional() })
    .parse(base ?? {}).template;
  if (param !== undefined && template === undefined && before === undefined) {
    throw new Told('Parameters are of a template: name it.');
  }
  const said = given({
    managedPolicyArns: managedPolicy,
    inline: await fileOf(inline),
    template:
      template === undefined && param === undefined
        ? undefined
        : { name: template ?? before?.name, parameters: param ?? {} },
  });
  return base === undefined && Object.keys(said).length === 0 ? undefined : { ...base, ...said };
};

/** Of a target that is there already, what the flags don't say stays. */
const targetOf = async (target: Target, flags: PermissionFlags): Promise<Laid> => ({
  ...target,
  ...given({ permissions: await permissionsOf(flags, target.permissions) }),
});

/** Without the fields that nobody has said. */
const given = (fields: Laid): Laid =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const fileOf = async (file: string | undefined): Promise<string | undefined> =>
  file === undefined ? undefined : readSource(file);

const listed = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const clusters = (text: string, before: readonly ClusterFlag[] = []): readonly ClusterFlag[] => {
  const [account, region, cluster, ...rest] = text.split('/');
  if (account === undefined || region === undefined || !cluster || rest.length > 0) {
    throw new InvalidArgumentError('A cluster is ACCOUNT/REGION/NAME.');
  }
  return [...before, { account, region, cluster }];
};

const targets = (text: string, before: readonly TargetFlag[] = []): readonly TargetFlag[] => {
  const match = /^(?:(\d{12})|(arn:[^:]+:iam::(\d{12}):role\/[^:]+))(:chained)?$/.exec(text);
  const account = match?.[1] ?? match?.[3];
  if (account === undefined) {
    throw new InvalidArgumentError(
      "A target is an account's 12 digits or a role's ARN, and :chained where EKS is to chain it.",
    );
  }
  return [...before, { account, role: match?.[2] ?? 'managed', chained: match?.[4] !== undefined }];
};

const parameters = (text: string, before: Laid = {}): Laid => {
  const [, name, value] = /^([\w.-]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError('A parameter is NAME=VALUE.');
  return { ...before, [name]: /^(true|false|[[{].*)$/s.test(value) ? jsonOf(value) : value };
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('A value that begins with [ or { is JSON.');
  }
};
