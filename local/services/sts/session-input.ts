/** What every request for a role's session says: its role, its name and its duration. */
import { ApiError } from '../../wire/errors.ts';

/** "The default is 3600 seconds", and role chaining is limited to it (API reference, AssumeRole). */
export const ONE_HOUR = 3600;

export const isRoleArn = (arn: string): boolean => /^arn:[^:]+:iam::\d{12}:role\/.+$/.test(arn);

/** @throws ValidationError */
export const checkSessionName = (name: string): void => {
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) throw pattern('roleSessionName', name, '[\\w+=,.@-]*');
};

/** Seconds. @throws ValidationError */
export const sessionSeconds = (wanted: number | undefined, max: number, chained: boolean): number => {
  if (wanted === undefined) return Math.min(ONE_HOUR, max);
  if (wanted < 900 || wanted > 43_200) {
    const bound = wanted < 900 ? 'greater than or equal to 900' : 'less than or equal to 43200';
    throw invalid(
      `1 validation error detected: Value '${wanted}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  if (chained && wanted > ONE_HOUR) {
    throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining');
  }
  if (wanted > max) throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  return wanted;
};

export const invalid = (message: string): ApiError => new ApiError('ValidationError', 400, message);

const pattern = (member: string, value: string, regex: string): ApiError =>
  invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must satisfy regular expression pattern: ${regex}`,
  );
