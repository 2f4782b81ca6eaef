/** Reads a fleet file and what it points to: the configuration and the Kubernetes manifests, all checked. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { Config } from '../../functions/config.ts';
import { Fleet } from './schema.ts';

export type LoadedFleet = {
  readonly fleet: Fleet;
  readonly config: Config;
  /** A cluster's manifests, in their order. */
  readonly manifests: (cluster: Fleet['accounts'][number]['clusters'][number]) => readonly object[];
};

/** A fleet that can't be read: which file, and what in it. */
export class FleetInvalid extends Error {
  override readonly name = 'FleetInvalid';
}

/** The demo fleet. */
export const DEMO_FLEET = path.join(import.meta.dirname, 'demo.yaml');

/** From a file. @throws FleetInvalid */
export const loadFleet = (file: string): LoadedFleet => fleetOf(yaml(file), path.dirname(file), file);

/** From data, for tests and benchmarks; files it names are looked for in `folder`. @throws FleetInvalid */
export const fleetOf = (data: unknown, folder: string, name = 'the fleet'): LoadedFleet => {
  const fleet = checked(Fleet, data, name);
  const config = typeof fleet.config === 'string' ? yaml(path.join(folder, fleet.config)) : fleet.config;
  return {
    fleet,
    config: checked(Config, config, typeof fleet.config === 'string' ? fleet.config : name),
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

const yaml = (file: string): unknown => {
  try {
    return parse(read(file));
  } catch (cause) {
    if (cause instanceof FleetInvalid) throw cause;
    throw new FleetInvalid(`${file} is no YAML: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
};

const documents = (file: string): object[] =>
  parseAllDocuments(read(file)).map((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new FleetInvalid(`${file}: ${problem.message}`);
    return document.toJS() as object;
  });

const checked = <Schema extends z.ZodType>(schema: Schema, data: unknown, name: string): z.output<Schema> => {
  const result = schema.safeParse(data);
  if (!result.success) throw new FleetInvalid(`${name}:\n${z.prettifyError(result.error)}`);
  return result.data;
};
