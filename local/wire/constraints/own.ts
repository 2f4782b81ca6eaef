/** Constraints that a service is known to refuse in words of its own: its operations do that, and the generic check leaves them alone. */

/** By service, the places in the inputs. */
export const OWN_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  // "The specified value for path is invalid. …"; InvalidInput for an issuer that can't be one.
  iam: new Set(['Path', 'Url']),
  // InvalidParameterException, but BadRequestException from the tag calls; an empty map is taken.
  eks: new Set(['tags', 'tags.{key}', 'tags.{value}']),
  // InvalidTokenException.
  'eks-auth': new Set(['token']),
  // InvalidMaxResultsException, InvalidLookupAttributesException, InvalidEventCategoryException.
  cloudtrail: new Set([
    'MaxResults',
    'LookupAttributes.[].AttributeKey',
    'LookupAttributes.[].AttributeValue',
    'EventCategory',
  ]),
};
