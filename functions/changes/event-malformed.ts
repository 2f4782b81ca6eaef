/** The one error of this folder: an event of a kind that we know, which does not have the kind's shape. */

/** `field` is the path inside the event (`detail.requestParameters.name`); the message says what is wrong there. */
export class EventMalformed extends Error {
  override readonly name = 'EventMalformed';
  readonly field: string;
  readonly because: string;

  constructor(field: string, because: string, options?: { readonly cause?: unknown }) {
    super(`the event can't be read: ${field}: ${because}`, options);
    this.field = field;
    this.because = because;
  }
}
