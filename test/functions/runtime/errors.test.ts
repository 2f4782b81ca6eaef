import { describe, expect, it } from '@jest/globals';
import { Failure, isFailure, namesOf } from '../../../functions/runtime/errors.ts';

describe('a failure', () => {
  const cause = new Error('429');
  const failure = new Failure('Throttled', 'IAM says slow down', { cause });

  it("bears the name that the machines' Retry and Catch lists have, and its cause", () => {
    expect(failure).toBeInstanceOf(Error);
    expect({ name: failure.name, message: failure.message, cause: failure.cause }).toEqual({
      name: 'Throttled',
      message: 'IAM says slow down',
      cause,
    });
    expect(`${failure}`).toBe('Throttled: IAM says slow down');
  });

  it('is told apart by name', () => {
    expect(isFailure(failure)).toBe(true);
    expect(isFailure(failure, 'NotFound', 'Throttled')).toBe(true);
    expect(isFailure(failure, 'NotFound')).toBe(false);
    expect(isFailure(cause)).toBe(false);
  });

  it('belongs to one of three families', () => {
    expect(namesOf('try-again')).toEqual(['Throttled', 'ServiceUnavailable', 'NotYetVisible', 'Conflict']);
    expect(namesOf('try-later')).toEqual(['ClusterUnreachable']);
    expect(namesOf('give-up')).toContain('EventMalformed');
  });
});
