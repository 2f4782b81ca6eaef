/** Reads a fleet file and what it points to: the configuration and the Kubernetes manifests, all checked. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type * as z from 'zod';
import { Config } from '../../functions/config.ts';
import { type FleetProblem, fleetProblems } from './consistency.ts';
import { Fleet } from './schema.ts';
import { type Source, sourceOf } from './source.ts';

export type LoadedFleet = {
  readonly fleet: Fleet;
  readonly config: Config;
  /** A cluster's manifests, in their order. */
  readonly manifests: (cluster: Fleet['accounts'][number]['clusters'][number]) => readonly object[];
};

/** A fleet that can't be read: which file, where in it, and what is wrong. */
export class FleetInvalid extends Error {
  override readonly name = 'FleetInvalid';
}

/** The demo fleet. */
export const DEMO_FLEET = path.join(import.meta.dirname, 'demo.yaml');

/** From a file, YAML or JSON. @throws FleetInvalid */
export const loadFleet = (file: string): LoadedFleet => loaded(parsed(file), path.dirname(file));

/** From data, for tests and benchmarks; files it names are looked for in `folder`. @throws FleetInvalid */
export const fleetOf = (data: unknown, folder: string, name = 'the fleet'): LoadedFleet =>
  loaded({ value: data, placeOf: () => name }, folder);

const loaded = (source: Source, folder: string): LoadedFleet => {
  const fleet = checked(Fleet, source);
  const problems = fleetProblems(fleet);
  if (problems.length > 0) throw invalid(source, problems);
  const config =
    typeof fleet.config === 'string'
      ? parsed(path.join(folder, fleet.config))
      : { ...source, value: fleet.config, within: ['config'] };
  return {
    fleet,
    config: checked(Config, config),
    manifests: ({ manifests }) => (typeof manifests === 'string' ? documents(path.join(folder, manifests)) : manifests),
  };
};

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FleetInvalid(`${file} can't be read`, { cause });
  }
};

/** From here, where that is shorter to read: files below this folder. */
const shortest = (file: string): string => {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
};

const parsed = (file: string): Source => {
  const text = read(file);
  try {
    return sourceOf(text, shortest(file));
  } catch (cause) {
    throw new FleetInvalid(`${file} is no YAML: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};

const documents = (file: string): object[] =>
  parseAllDocuments(read(file)).map((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new FleetInvalid(`${file}: ${problem.message}`);
    return document.toJS() as object;
  });

/** `within`: the value is that part of the source. */
const checked = <Schema extends z.ZodType>(
  schema: Schema,
  source: Source & { readonly within?: readonly string[] },
): z.output<Schema> => {
  const result = schema.safeParse(source.value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({
    path: [...(source.within ?? []), ...issue.path.map((key) => (typeof key === 'number' ? key : String(key)))],
    sentence: issue.message,
  }));
  throw invalid(source, problems);
};

/** More than anybody mends in one go. */
const MOST_SHOWN = 20;

/** One problem a line, with its place in the file and in the data. */
const invalid = (source: Source, problems: readonly FleetProblem[]): FleetInvalid => {
  const lines = problems.slice(0, MOST_SHOWN).map(({ path: at, sentence }) => {
    const within = at.map(step).join('').replace(/^\./, '');
    return `${source.placeOf(at)}: ${within === '' ? '' : `${within}: `}${sentence}`;
  });
  const more = problems.length > MOST_SHOWN ? [`… and ${problems.length - MOST_SHOWN} more`] : [];
  return new FleetInvalid([...lines, ...more].join('\n'));
};

const step = (key: string | number): string => (typeof key === 'number' ? `[${key}]` : `.${key}`);
