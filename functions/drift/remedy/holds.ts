/** Why a difference is left as it is, though something of ours could mend it. The first reason counts: what lasts comes before what passes. Pure. */
import type { DriftFinding, Hold, Snapshot } from '../contract.ts';
import type { Circumstances } from './plan.ts';

/** Everything that is the same for all findings of one object. */
export type Situation = {
  readonly snapshot: Snapshot;
  readonly circumstances: Circumstances;
  /** Epoch milliseconds. */
  readonly now: number;
};

type Held = Omit<Hold, 'facet'> | undefined;
type Question = (finding: DriftFinding, situation: Situation) => Held;

/** The hold of a finding, or undefined when nothing stands in the way. */
export const holdOf = (finding: DriftFinding, situation: Situation): Hold | undefined => {
  for (const ask of QUESTIONS) {
    const held = ask(finding, situation);
    if (held !== undefined) return { facet: finding.facet, ...held };
  }
  return undefined;
};

const owned: Question = (finding, { snapshot }) => {
  const owner = finding.ref.object === 'association' ? snapshot.actual.facets.owner : undefined;
  return owner === undefined
    ? undefined
    : { because: 'owned', sentence: `${owner} owns the association: change it through the add-on.` };
};

const notOurs: Question = (finding, { snapshot, circumstances: { notOurs } }) => {
  if (snapshot.actual.facets.cluster === 'gone' && finding.is !== finding.shouldBe) {
    return { because: 'not-ours', sentence: 'Its cluster is gone: there is nothing to write to.' };
  }
  return finding.ref.object === 'cluster' || notOurs !== undefined
    ? { because: 'not-ours', sentence: notOurs ?? 'What a cluster has is for its owner to mend.' }
    : undefined;
};

const conflict: Question = ({ facet }, { snapshot: { desired } }) => {
  const found = desired.conflicts.find((each) => each.facet === facet);
  if (found === undefined) return undefined;
  const grants = found.values.flatMap(({ by }) => by.flatMap((each) => (each.kind === 'grant' ? [each.id] : [])));
  return { because: 'conflict', sentence: `Grants want different things of it: ${[...new Set(grants)].join(', ')}.` };
};

const adopted: Question = ({ facet }, { circumstances }) => {
  const sentence = circumstances.adopted?.get(facet);
  return sentence === undefined ? undefined : { because: 'adopted', sentence };
};

const mode: Question = (finding, { circumstances: { rules, concerned } }) => {
  const said = rules.modeOf(concerned, finding.reason);
  return said === 'remediate' ? undefined : { because: 'mode', sentence: `The mode is ${said}: nothing is written.` };
};

const exception: Question = (finding, { circumstances: { rules }, now }) => {
  const found = rules.exceptionFor(finding, now);
  return (
    found && {
      because: 'exception',
      sentence: `Exception ${found.id} of ${found.owner} until ${found.until}: ${found.why}.`,
      again: found.until,
    }
  );
};

const killSwitch: Question = (_finding, { circumstances }) =>
  circumstances.killSwitch ? { because: 'kill-switch', sentence: 'The kill switch is on.' } : undefined;

const fight: Question = ({ facet }, { circumstances: { fights } }) => {
  const sentence = fights.get(facet);
  return sentence === undefined ? undefined : { because: 'fight', sentence };
};

const breaker: Question = (_finding, { circumstances: { tripped } }) =>
  tripped === undefined ? undefined : { because: 'breaker', sentence: tripped };

const incomplete: Question = ({ facet, is }, { snapshot: { actual } }) =>
  actual.unread.includes(facet) || (is === null && !actual.complete)
    ? { because: 'incomplete', sentence: 'It could not be read, so that nothing follows from its absence.' }
    : undefined;

const inFlight: Question = ({ facet }, { snapshot, circumstances: { rules }, now }) => {
  for (const intent of snapshot.intents) {
    // Who makes the thing itself touches all of it.
    if (intent.closedAt !== undefined || (intent.facet !== facet && intent.facet !== 'exists')) continue;
    const until = Date.parse(intent.at) + rules.settings.intentSeconds * 1000;
    if (now >= until) continue;
    const again = new Date(until).toISOString();
    return { because: 'in-flight', sentence: `${intent.execution} is at it since ${intent.at}.`, again };
  }
  return undefined;
};

const settling: Question = (_finding, { circumstances: { settlesAt }, now }) =>
  settlesAt !== undefined && now < settlesAt
    ? {
        because: 'settling',
        sentence: 'It changed a moment ago: it is looked at again, and not acted on yet.',
        again: new Date(settlesAt).toISOString(),
      }
    : undefined;

const window: Question = (finding, { circumstances: { rules, concerned }, now }) => {
  if (finding.severity === 'critical' && !rules.settings.criticalWaits) return undefined;
  const closed = rules.closedUntil(concerned, now);
  if (closed === undefined) return undefined;
  const until = closed.until === undefined ? 'none opens within a week' : `the next one opens ${closed.until}`;
  const again = closed.until === undefined ? {} : { again: closed.until };
  return { because: 'window', sentence: `No maintenance window is open; ${until}.`, ...again };
};

const QUESTIONS: readonly Question[] = [
  owned,
  notOurs,
  conflict,
  adopted,
  mode,
  exception,
  killSwitch,
  fight,
  breaker,
  incomplete,
  inFlight,
  settling,
  window,
];
