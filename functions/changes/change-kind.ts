/** A kind of change: the CloudTrail events that tell of it, and how each is read. */
import type { Actor } from '../actor.ts';
import type { ChangeRecord } from './record.ts';

/** The event tells of no change; `because` is a sentence for a person. */
export type NoChange = { readonly kind: 'NoChange'; readonly because: string };

/** What each change has, whatever else it tells. */
export type Told<Kind extends string> = {
  readonly kind: Kind;
  /** When the call was made, as ISO text. */
  readonly at: string;
  readonly actor: Actor;
};

/** One line of the table. */
export type ChangeKind<Kind extends string, Facts extends object> = {
  readonly kind: Kind;
  /** `eventSource` of the records: `eks.amazonaws.com`. */
  readonly eventSource: string;
  /** By `eventName`. @throws EventMalformed */
  readonly events: ReadonlyMap<string, (record: ChangeRecord) => (Told<Kind> & Facts) | NoChange>;
};

/** The change that a line of the table gives. */
export type ChangeIn<Line> = Line extends ChangeKind<infer Kind, infer Facts> ? Told<Kind> & Facts : never;

/** A reader of one event; a call that can't have changed anything is told as NoChange. */
type Reader<Facts> = (record: ChangeRecord) => Facts | NoChange;

/** Keeps the kind's name and the type of what its readers give, so that the table's union is made of the kinds' own types. */
export const changeKind = <const Kind extends string, Facts extends object>(
  kind: Kind,
  eventSource: string,
  readers: Readonly<Record<string, Reader<Facts>>>,
): ChangeKind<Kind, Facts> => ({
  kind,
  eventSource,
  // A map: an event may bear any name, `constructor` too.
  events: new Map(
    Object.entries(readers).map(([eventName, read]) => [
      eventName,
      (record) => {
        const facts = read(record);
        return isNoChange(facts) ? facts : { kind, ...facts, at: record.at, actor: record.actor };
      },
    ]),
  ),
});

const isNoChange = (facts: object): facts is NoChange => 'kind' in facts && facts.kind === 'NoChange';
