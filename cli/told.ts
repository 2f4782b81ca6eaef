/** A mistake of the person at the keyboard: told in a line or a few, exit code 1 unless it says another. */
export class Told extends Error {
  override readonly name = 'Told';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
