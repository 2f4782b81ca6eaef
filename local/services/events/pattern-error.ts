/** What is wrong with an event pattern, and where. */

/** An event pattern that EventBridge would refuse. `path` is where: `$.detail.name[0]`. */
export class InvalidEventPattern extends Error {
  override readonly name = 'InvalidEventPattern';
  readonly path: string;

  constructor(path: string, because: string) {
    super(`Event pattern is not valid. Reason: ${because} at ${path}`);
    this.path = path;
  }
}
