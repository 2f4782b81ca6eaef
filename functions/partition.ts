/** What differs between AWS's partitions: the ARN's second field, the DNS suffix, and the region where IAM's events appear. */

export type Partition = {
  /** The second field of an ARN. */
  readonly name: string;
  readonly dnsSuffix: string;
  /** Where IAM, a global service, logs its CloudTrail events (IAM guide, "Logging IAM and AWS STS API calls"). */
  readonly iamRegion: string;
};

const COMMERCIAL: Partition = { name: 'aws', dnsSuffix: 'amazonaws.com', iamRegion: 'us-east-1' };

/** By the region's prefix, the way the SDKs' own partition data does it (`regionRegex`). */
export const BY_PREFIX: ReadonlyArray<readonly [prefix: string, partition: Partition]> = [
  ['cn-', { name: 'aws-cn', dnsSuffix: 'amazonaws.com.cn', iamRegion: 'cn-north-1' }],
  ['us-gov-', { name: 'aws-us-gov', dnsSuffix: 'amazonaws.com', iamRegion: 'us-gov-west-1' }],
  ['us-iso-', { name: 'aws-iso', dnsSuffix: 'c2s.ic.gov', iamRegion: 'us-iso-east-1' }],
  ['us-isob-', { name: 'aws-iso-b', dnsSuffix: 'sc2s.sgov.gov', iamRegion: 'us-isob-east-1' }],
  ['eu-isoe-', { name: 'aws-iso-e', dnsSuffix: 'cloud.adc-e.uk', iamRegion: 'eu-isoe-west-1' }],
  ['us-isof-', { name: 'aws-iso-f', dnsSuffix: 'csp.hci.ic.gov', iamRegion: 'us-isof-south-1' }],
  ['eusc-', { name: 'aws-eusc', dnsSuffix: 'amazonaws.eu', iamRegion: 'eusc-de-east-1' }],
];

/** The partition that a region belongs to; a region of no known prefix is commercial, as in the SDKs. */
export const partitionOf = (region: string): Partition =>
  BY_PREFIX.find(([prefix]) => region.startsWith(prefix))?.[1] ?? COMMERCIAL;

/** An ARN taken apart; `resource` keeps its colons and slashes. Undefined when the text is no ARN. */
export const parseArn = (
  arn: string,
): { partition: string; service: string; region: string; account: string; resource: string } | undefined => {
  const match = /^arn:([^:]+):([^:]+):([^:]*):([^:]*):(.+)$/s.exec(arn);
  if (match === null) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match;
  return { partition, service, region, account, resource };
};
