/** EKS Auth's exceptions, by the names in its schema. */

export type EksAuthErrorName =
  | 'AccessDeniedException'
  | 'ExpiredTokenException'
  | 'InvalidTokenException'
  | 'ResourceNotFoundException';

export class EksAuthError extends Error {
  override readonly name: EksAuthErrorName;

  constructor(name: EksAuthErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
