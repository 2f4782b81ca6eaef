/** An event with some of its values replaced, renamed, removed or doubled: what a wire, or somebody, could make of it. */
import fc from 'fast-check';

type Path = readonly (string | number)[];

const ODD = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom<unknown>(
    '',
    ' ',
    '%',
    '%E0%A4%A',
    '%2e%2e%2f',
    'a/b',
    '__proto__',
    '\u0000',
    'x'.repeat(5000),
    -1,
    1e308,
    [],
    {},
    null,
    true,
  ),
  fc.string({ unit: 'binary' }),
);

/** Up to three mutations of an event, anywhere in it. */
export const mutated = (event: unknown): fc.Arbitrary<unknown> => {
  const paths = pathsOf(event);
  const mutation = fc.record({
    path: fc.constantFrom(...paths),
    how: fc.constantFrom('replace', 'remove', 'rename'),
    odd: ODD,
  });
  return fc.array(mutation, { minLength: 1, maxLength: 3 }).map((mutations) => {
    let copy: unknown = structuredClone(event);
    for (const { path, how, odd } of mutations) copy = mutateAt(copy, path, how, odd);
    return copy;
  });
};

const pathsOf = (value: unknown, at: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...at, key]))];
};

const mutateAt = (value: unknown, [key, ...rest]: Path, how: string, odd: unknown): unknown => {
  if (key === undefined) return odd;
  // An earlier mutation may have taken the place away.
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const { [key]: member, ...others }: Record<string, unknown> = { ...value };
  if (rest.length > 0) return { ...others, [key]: mutateAt(member, rest, how, odd) };
  if (how === 'remove') return others;
  return how === 'rename' ? { ...others, [`${key}x`]: member } : { ...others, [key]: odd };
};
