/** A mistake of the person at the keyboard: told in one line, exit code 1. */
export class Told extends Error {
  override readonly name = 'Told';
}
