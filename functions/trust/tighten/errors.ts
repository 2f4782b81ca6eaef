/** Why a policy can't be tightened: each with what stands in the way. */

/** No way was found of which it is proven that it admits exactly the wish and leaves everybody else alone. */
export class NotProvable extends Error {
  override readonly name = 'NotProvable';
}

/** Nobody who was asked for is admitted, and nothing else would remain: a policy must have a statement. */
export class NothingLeft extends Error {
  override readonly name = 'NothingLeft';
}
