/** The one error of this folder: a document that IAM would not store. */

/**
 * The document is not a policy. `path` is the JSON path of what is wrong (`$.Statement[0].Effect`), and the
 * message says what IAM expects there. AWS's own error for it is `MalformedPolicyDocument`.
 */
export class PolicyMalformed extends Error {
  override readonly name = 'PolicyMalformed';
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path}: ${problem}`, options);
    this.path = path;
  }
}

/** The path of a member: `$.Statement[0]`, `$.Condition["aws:SourceArn"]`. */
export const memberPath = (path: string, key: string | number): string => {
  if (typeof key === 'number') return `${path}[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
};
