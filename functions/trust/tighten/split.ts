/** A statement that is about pods.eks and about others, taken apart: each keeps what it says to its own. */
import type { WrittenTrustStatement } from '../author/index.ts';
import { PODS } from '../reach/index.ts';
import { isAbout } from '../reach/policy-formula.ts';
import { blocksOf, isObject, single } from './conditions.ts';
import type { Piece } from './written.ts';

/** What remains when pods.eks leaves: the same for everybody else. Undefined when there is nobody else. */
export const withoutPods = ({ written }: Piece): WrittenTrustStatement | undefined => {
  const { Principal: principal } = written;
  if (!isObject(principal)) return butPods(written);
  const { Service: service, ...others } = principal;
  const services = listed(service).filter((each) => each !== PODS);
  if (services.length === 0 && Object.keys(others).length === 0) return undefined;
  const left = { ...principal, Service: single(services) };
  const rest = { ...written, Principal: services.length === 0 ? others : left };
  return services.includes('*') || listed(others.AWS).includes('*') ? butPods(rest) : rest;
};

/** What it says to pods.eks, as a statement of its own. */
export const podsAlone = ({ written, read }: Piece): WrittenTrustStatement => ({
  Effect: written.Effect,
  Principal: { Service: PODS },
  Action: single(['sts:AssumeRole', 'sts:TagSession'].filter((action) => isAbout(read, action))),
  ...('Condition' in written && { Condition: written.Condition }),
});

/**
 * Everybody but pods.eks. The key is there "only when the call is made directly by an AWS service principal" (IAM
 * guide, `aws:PrincipalServiceName`), and StringNotEquals holds where it isn't.
 */
const butPods = (statement: WrittenTrustStatement): WrittenTrustStatement => {
  const blocks = blocksOf(statement);
  const { StringNotEquals: not = {} } = blocks;
  const key = Object.keys(not).find((each) => each.toLowerCase() === 'aws:principalservicename');
  const name = key ?? 'aws:PrincipalServiceName';
  const values = [...(key === undefined ? [] : listed(not[key])), PODS];
  return { ...statement, Condition: { ...blocks, StringNotEquals: { ...not, [name]: single(values) } } };
};

const listed = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];
