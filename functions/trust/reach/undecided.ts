/** The one error of this folder: a question whose exact answer would cost too much. */

/**
 * Which bound was passed.
 * - `TooManyStates`: the patterns of one dimension tell too many names apart (`*a` and k `?` need 2^k states).
 * - `TooManyValueClasses`: too many combinations of values of keys that nobody gave.
 * - `TooManyCells`: the statements cut the universe into too many pieces.
 * - `TooManySplits`: too many ways in which one pattern can lie over a text that is joined from several names.
 */
export type UndecidedReason = 'TooManyStates' | 'TooManyValueClasses' | 'TooManyCells' | 'TooManySplits';

/** Reach is undecided; `admits`, which asks about one identity, still answers. */
export class ReachUndecided extends Error {
  override readonly name = 'ReachUndecided';
  readonly reason: UndecidedReason;

  constructor(reason: UndecidedReason, message: string) {
    super(`${message} Asking about one identity (admits) still works.`);
    this.reason = reason;
  }
}
