/** What `infra/kubernetes` lets podid do in a cluster, as lines: what should be there, and what of it is lost. Pure. */
import { OBSERVE_GROUP, RESTART_GROUP } from './names.ts';

/** What a person runs for a cluster that lacks some of it. */
export const SETUP_COMMAND = 'kubectl apply -k infra/kubernetes';

/** ClusterRoles and their bindings bear the name of the group that they are for. */
export const SETUP_ROLES = [OBSERVE_GROUP, RESTART_GROUP] as const;
/** The admission policy and its binding. Without them whoever may restart a workload may run anything as anybody. */
export const SETUP_POLICY = `${RESTART_GROUP}-only`;

/** Of the policy's spec, as `functions/kubernetes/setup-lines.ts` takes it. */
const POLICY_DIGEST = '872a92182fe052d392731e58898e48fe34bad3465114f0fbc4801b4a4802070f';

const APPS = ['deployments.apps', 'replicasets.apps', 'statefulsets.apps', 'daemonsets.apps'];
const WATCHED = ['pods', 'serviceaccounts', 'nodes', ...APPS, 'jobs.batch', 'poddisruptionbudgets.policy'];
const OWN = [
  ...SETUP_ROLES.flatMap((name) =>
    ['clusterroles', 'clusterrolebindings'].map((plural) => `${plural}.rbac.authorization.k8s.io ${name}`),
  ),
  ...['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].map(
    (plural) => `${plural}.admissionregistration.k8s.io ${SETUP_POLICY}`,
  ),
];

const MAY: readonly { groups: readonly string[]; verbs: readonly string[]; of: readonly string[] }[] = [
  { groups: SETUP_ROLES, verbs: ['get', 'list'], of: WATCHED },
  { groups: SETUP_ROLES, verbs: ['get'], of: OWN },
  { groups: [RESTART_GROUP], verbs: ['patch'], of: APPS.filter((plural) => plural !== 'replicasets.apps') },
  { groups: [RESTART_GROUP], verbs: ['create'], of: ['pods/eviction'] },
  { groups: [RESTART_GROUP], verbs: ['delete'], of: ['pods'] },
];

/** All of it: `GROUP VERB RESOURCE[.APIGROUP] [NAME]`, and `POLICY DIGEST`. A test holds it against the YAML. */
export const SETUP_LINES: readonly string[] = [
  ...MAY.flatMap(({ groups, verbs, of }) =>
    groups.flatMap((group) => verbs.flatMap((verb) => of.map((resource) => `${group} ${verb} ${resource}`))),
  ),
  `${SETUP_POLICY} ${POLICY_DIGEST}`,
];

/** The wanted lines that none of the others stands for. One with `*`, or without a name, stands for more than itself. */
export const setupLost = (wanted: readonly string[], is: readonly string[]): readonly string[] =>
  wanted.filter((line) => !is.some((each) => each === line || isMore(each, line)));

/** A line as a person reads it. */
export const showSetupLine = (line: string): string =>
  line.startsWith(`${SETUP_POLICY} `) ? `the admission policy ${SETUP_POLICY} as it was deployed` : line;

const isMore = (line: string, wanted: string): boolean => {
  const [group, verb, resource = '', name] = line.split(' ');
  const [wantedGroup, wantedVerb, wantedResource = '', wantedName] = wanted.split(' ');
  const [plural, apiGroup] = partsOf(resource);
  const [wantedPlural, wantedApiGroup] = partsOf(wantedResource);
  return (
    group === wantedGroup &&
    isAnyOr(verb, wantedVerb) &&
    isAnyOr(plural, wantedPlural) &&
    isAnyOr(apiGroup, wantedApiGroup) &&
    (name === undefined || name === wantedName)
  );
};

const isAnyOr = (value: string | undefined, wanted: string | undefined): boolean => value === '*' || value === wanted;

/** Only the API group has dots. */
const partsOf = (resource: string): readonly [plural: string, apiGroup: string] => {
  const [plural = '', ...apiGroup] = resource.split('.');
  return [plural, apiGroup.join('.')];
};
