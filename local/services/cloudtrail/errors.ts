/** CloudTrail's exceptions, by the names in its schema. */

export type CloudTrailErrorName =
  | 'InvalidEventCategoryException'
  | 'InvalidLookupAttributesException'
  | 'InvalidMaxResultsException'
  | 'InvalidNextTokenException'
  | 'InvalidTimeRangeException';

export class CloudTrailError extends Error {
  override readonly name: CloudTrailErrorName;

  constructor(name: CloudTrailErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
