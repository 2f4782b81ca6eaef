/** What is wrong with something that a person sent, for them to mend. */

export type Problem = {
  /** Where, as a JSON path: `$.targets[0].account`. */
  readonly path: string;
  /** What is wrong there, as a sentence. */
  readonly problem: string;
  /** The limit that it breaks, where there is one. */
  readonly limit?: string;
};
