/** A function's log lines for a person. */
import { expect, it } from '@jest/globals';
import { logLine } from '../../cli/logs-lines.ts';

const AT = Date.parse('2026-11-21T12:00:00Z');
const standard = {
  timestamp: '2026-11-21T12:00:01.000Z',
  service: 'podid',
  cold_start: true,
  function_name: 'podid-cut-sessions',
  function_request_id: 'r-1',
  xray_trace_id: '1-2',
};

it.each<[what: string, event: string | object, line: string | undefined]>([
  [
    'the message and the fields that are its own',
    { ...standard, level: 'INFO', message: 'cut', role: 'orders', counts: { a: 1 } },
    '2026-11-21T12:00:01.000Z  INFO    cut role=orders counts={"a":1}',
  ],
  [
    'an error by its name, its message once',
    { ...standard, level: 'ERROR', message: 'gone', error: { name: 'ClusterGone', message: 'gone', stack: 'x' } },
    '2026-11-21T12:00:01.000Z  ERROR   gone (ClusterGone)',
  ],
  [
    'an error with another message beside it',
    { ...standard, level: 'WARN', message: 'again', error: { name: 'Throttled', message: 'slow' } },
    '2026-11-21T12:00:01.000Z  WARN    again Throttled: slow',
  ],
  [
    'metrics by their names',
    { _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'Cut' }] }] }, Cut: [1], service: 'podid' },
    '2026-11-21T12:00:00.000Z  METRIC  Cut=[1]',
  ],
  [
    'how long a call took',
    'REPORT RequestId: r-1\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 512 MB\tInit Duration: 99.00 ms\n',
    '2026-11-21T12:00:00.000Z  CALL    12.50 ms, 99.00 ms to start  r-1',
  ],
  [
    'what is not ours as it is, without escape sequences',
    'plain \u001b[31mtext\n',
    '2026-11-21T12:00:00.000Z         plain  [31mtext',
  ],
  ['nothing of what Lambda says besides', 'START RequestId: r-1 Version: $LATEST\n', undefined],
])('shows %s', (_, event, line) => {
  expect(logLine(typeof event === 'string' ? event : JSON.stringify(event), AT, process.stdout)).toBe(line);
});
