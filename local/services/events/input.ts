/** What a target gets of an event: all of it, a part, a constant, or a template filled in (EventBridge guide, "Input transformation"). */
import type { InputTransformer, Target } from '@aws-sdk/client-eventbridge';
import type { BusEvent, Rule } from './bus.ts';

/** The JSON text for a target. `now` is when the event came in. */
export const inputFor = (target: Target, rule: Pick<Rule, 'name' | 'arn'>, event: BusEvent, now: Date): string => {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(event, target.InputPath) ?? null);
  if (target.InputTransformer !== undefined) return transform(target.InputTransformer, rule, event, now);
  return JSON.stringify(event);
};

/** A path in EventBridge's form: `$.detail.list[0].name`, names with other characters in `['…']`. */
export const valueAt = (event: unknown, path: string): unknown => {
  let value: unknown = event;
  for (const [, name, index, quoted] of path.matchAll(/\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]/g)) {
    const key = name ?? index ?? quoted ?? '';
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  }
  return value;
};

const transform = (
  { InputPathsMap = {}, InputTemplate = '' }: InputTransformer,
  rule: Pick<Rule, 'name' | 'arn'>,
  event: BusEvent,
  now: Date,
): string => {
  const { detail: _, ...withoutDetail } = event;
  const values = new Map<string, unknown>([
    ['aws.events.rule-arn', rule.arn],
    ['aws.events.rule-name', rule.name],
    ['aws.events.event', withoutDetail],
    ['aws.events.event.json', event],
    ['aws.events.event.ingestion-time', now.toISOString()],
    ...Object.entries(InputPathsMap).map(([name, path]): [string, unknown] => [name, valueAt(event, path)]),
  ]);
  let inString = false;
  let text = '';
  // A name within a JSON string is replaced by bare text, elsewhere by JSON.
  for (const [piece] of InputTemplate.matchAll(/<[\w.-]+>|\\.|[\s\S]/g)) {
    const name = piece.length > 1 && piece.startsWith('<') ? piece.slice(1, -1) : undefined;
    if (piece === '"') inString = !inString;
    text += name === undefined || !values.has(name) ? piece : filled(values.get(name), inString);
  }
  return text;
};

const filled = (value: unknown, inString: boolean): string => {
  if (!inString) return JSON.stringify(value) ?? 'null';
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
};
