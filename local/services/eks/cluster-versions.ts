/** Kubernetes versions of EKS and how long each is supported. */
import type {
  ClusterVersionInformation,
  DescribeClusterVersionsCommandInput,
  VersionStatus,
} from '@aws-sdk/client-eks';
import type { Operation } from '../../contract.ts';
import { eksPage, invalid } from './lookup.ts';

/** What a cluster of the fleet runs, and DescribeClusterVersions calls the default. */
export const DEFAULT_VERSION = '1.34';

type Version = { readonly version: string; readonly platform: string; readonly endOfStandardSupport: string };

/**
 * EKS's release calendar (guide, "Kubernetes versions") as it was in spring 2026, with the platform versions of that January; later versions are
 * missing. Standard support begins 14 months before its end, extended support lasts 12 more.
 */
const CALENDAR: readonly Version[] = [
  { version: '1.35', platform: 'eks.3', endOfStandardSupport: '2027-03-27' },
  { version: '1.34', platform: 'eks.13', endOfStandardSupport: '2026-12-02' },
  { version: '1.33', platform: 'eks.27', endOfStandardSupport: '2026-07-29' },
  { version: '1.32', platform: 'eks.34', endOfStandardSupport: '2026-03-23' },
  { version: '1.31', platform: 'eks.50', endOfStandardSupport: '2025-11-26' },
  { version: '1.30', platform: 'eks.58', endOfStandardSupport: '2025-07-23' },
  { version: '1.29', platform: 'eks.61', endOfStandardSupport: '2025-03-23' },
];

const STATUSES = {
  STANDARD_SUPPORT: 'standard-support',
  EXTENDED_SUPPORT: 'extended-support',
  UNSUPPORTED: 'unsupported',
} as const;

export const DescribeClusterVersions: Operation<
  DescribeClusterVersionsCommandInput,
  { clusterVersions: ClusterVersionInformation[]; nextToken?: string }
> = {
  readOnly: true,
  asks: () => [{ action: 'eks:DescribeClusterVersions', resource: '*' }],
  run: ({ maxResults, nextToken, ...filter }, { now }) => {
    check(filter);
    const matching = CALENDAR.map((version) => shown(version, now)).filter((version) => fits(version, filter));
    // Newest first, as EKS lists them; pages go by ascending keys.
    const page = eksPage(matching, ({ clusterVersion = '' }) => String(1000 - Number(clusterVersion.split('.')[1])), {
      maxResults,
      nextToken,
    });
    return { clusterVersions: [...page.items], ...page.paging };
  },
};

/** The platform version of a cluster of this Kubernetes version. */
export const platformVersion = (version: string): string =>
  CALENDAR.find((known) => known.version === version)?.platform ?? 'eks.1';

type Filter = Omit<DescribeClusterVersionsCommandInput, 'maxResults' | 'nextToken'>;

const check = ({ versionStatus, status }: Filter): void => {
  if (versionStatus !== undefined && !Object.hasOwn(STATUSES, versionStatus)) {
    throw invalid(`versionStatus must be one of [${Object.keys(STATUSES).join(', ')}], not ${versionStatus}.`);
  }
  if (status !== undefined && !Object.values(STATUSES).includes(status)) {
    throw invalid(`status must be one of [${Object.values(STATUSES).join(', ')}], not ${status}.`);
  }
};

const fits = (version: ClusterVersionInformation, filter: Filter): boolean =>
  (filter.clusterType ?? version.clusterType) === version.clusterType &&
  (filter.clusterVersions ?? [version.clusterVersion]).includes(version.clusterVersion ?? '') &&
  (filter.defaultOnly !== true || version.defaultVersion === true) &&
  (filter.versionStatus ?? version.versionStatus) === version.versionStatus &&
  (filter.status ?? version.status) === version.status &&
  // What is no longer supported is shown to those who ask for it.
  (version.versionStatus !== 'UNSUPPORTED' ||
    filter.includeAll === true ||
    filter.versionStatus === 'UNSUPPORTED' ||
    filter.status === 'unsupported' ||
    filter.clusterVersions !== undefined);

const shown = ({ version, platform, endOfStandardSupport }: Version, now: Date): ClusterVersionInformation => {
  const standard = new Date(`${endOfStandardSupport}T00:00:00Z`);
  const extended = monthsFrom(standard, 12);
  const versionStatus: VersionStatus =
    now < standard ? 'STANDARD_SUPPORT' : now < extended ? 'EXTENDED_SUPPORT' : 'UNSUPPORTED';
  return {
    clusterVersion: version,
    clusterType: 'eks',
    defaultPlatformVersion: platform,
    defaultVersion: version === DEFAULT_VERSION,
    releaseDate: monthsFrom(standard, -14),
    endOfStandardSupportDate: standard,
    endOfExtendedSupportDate: extended,
    status: STATUSES[versionStatus],
    versionStatus,
  };
};

const monthsFrom = (date: Date, months: number): Date => {
  const moved = new Date(date);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  return moved;
};
