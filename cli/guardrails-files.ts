/** The directory of guardrails: its schema, its policies and the teams' file. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseDocument } from 'yaml';
import * as z from 'zod';
import { type GuardrailSource, Teams } from '../functions/grants/guardrails/index.ts';
import { Told } from './told.ts';

export type GuardrailFiles = {
  readonly source: GuardrailSource;
  readonly teams: Teams;
  readonly teamsFile: { readonly file: string; readonly text: string };
};

/**
 * Reads the directory: `*.cedarschema` (one), `*.cedar` (in the order of their names) and `teams.yaml`.
 * @throws Told when something is missing or can't be read
 */
export const readGuardrails = (directory: string): GuardrailFiles => {
  const names = listed(directory);
  const schemas = names.filter((name) => name.endsWith('.cedarschema'));
  const [schema] = schemas;
  if (schema === undefined || schemas.length > 1) {
    throw new Told(`${directory} has ${schemas.length} files *.cedarschema; guardrails have exactly one.`);
  }
  const teamsFile = readText(path.join(directory, 'teams.yaml'));
  return {
    source: {
      schema: readText(path.join(directory, schema)),
      policies: names.filter((name) => name.endsWith('.cedar')).map((name) => readText(path.join(directory, name))),
    },
    teams: shaped(Teams, yamlOf(teamsFile), teamsFile.file),
    teamsFile,
  };
};

/** @throws Told when the file isn't there or may not be read */
export const readText = (file: string): { readonly file: string; readonly text: string } => {
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (error) {
    throw new Told(`${file} can't be read: ${error instanceof Error ? error.message : error}`);
  }
};

/** Many cases refer to the same few roles; the package's own limit of 100 is meant for files of strangers. */
const MOST_ALIASES = 100_000;

/** A YAML file's value; `<<` merges, as in YAML 1.1. @throws Told naming line and column */
export const yamlOf = ({ file, text }: { readonly file: string; readonly text: string }): unknown => {
  const document = parseDocument(text, { merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Told(`${file} is no valid YAML: ${error.message}`);
  return document.toJS({ maxAliasCount: MOST_ALIASES }) ?? {};
};

/** @throws Told naming each place that doesn't fit */
export const shaped = <Schema extends z.ZodType>(schema: Schema, value: unknown, file: string): z.output<Schema> => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Told(`${file} doesn't fit:\n${z.prettifyError(result.error)}`);
};

const listed = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new Told(`${directory} can't be read: ${why}. Name the directory of the guardrails.`);
  }
};
