/** Maintenance windows and the kill switch. */
import { expect, test } from '@jest/globals';
import { windowsOf } from '../../../../functions/drift/remedy/windows.ts';
import { DriftSettings, MaintenanceWindow } from '../../../../functions/drift-settings.ts';
import { stopped } from '../../../../functions/kill-switch.ts';
import { API } from './objects.ts';

const NIGHTS = { days: ['fri', 'sat'], from: '22:00', to: '04:00', zone: 'Europe/Berlin' };
const WINDOWS: [what: string, windows: object[], now: string, until: string | undefined][] = [
  ['none configured', [], '2026-11-18T12:00:00Z', undefined],
  ['before it opens, in winter', [NIGHTS], '2026-11-20T20:59:59Z', '2026-11-20T21:00:00.000Z'],
  ['when it opens', [NIGHTS], '2026-11-20T21:00:00Z', undefined],
  ['past midnight, of a day that is listed', [NIGHTS], '2026-11-22T02:59:59Z', undefined],
  ['when it closes', [NIGHTS], '2026-11-22T03:00:00Z', '2026-11-27T21:00:00.000Z'],
  ['past midnight, of a day that is not', [NIGHTS], '2026-11-20T02:00:00Z', '2026-11-20T21:00:00.000Z'],
  ['in summer an hour earlier', [NIGHTS], '2026-07-17T19:59:59Z', '2026-07-17T20:00:00.000Z'],
  ['one hour less in the night that clocks go forward', [NIGHTS], '2026-03-29T02:00:00Z', '2026-04-03T20:00:00.000Z'],
  ['for another cluster only', [{ ...NIGHTS, cluster: 'bank-*' }], '2026-11-18T12:00:00Z', undefined],
  [
    'the sooner of two',
    [NIGHTS, { from: '13:00', to: '14:00', zone: 'UTC' }],
    '2026-11-18T12:00:00Z',
    '2026-11-18T13:00:00.000Z',
  ],
];

test.each(WINDOWS)('%s', (_what, windows, now, until) => {
  const closed = windowsOf(windows.map((each) => MaintenanceWindow.parse(each)))([API], Date.parse(now));
  expect(closed).toEqual(until === undefined ? undefined : { until });
});

test('two clusters that share a role: only what their windows have in common', () => {
  const of = (cluster: string, from: string, to: string) => MaintenanceWindow.parse({ from, to, zone: 'UTC', cluster });
  const both = [API, { ...API, cluster: 'bank' }];
  const at = (windows: MaintenanceWindow[], time: string) =>
    windowsOf(windows)(both, Date.parse(`2026-11-18T${time}Z`));
  const overlapping = [of('shop', '10:00', '12:00'), of('bank', '11:00', '13:00')];
  expect(at(overlapping, '10:30:00')).toEqual({ until: '2026-11-18T11:00:00.000Z' });
  expect(at(overlapping, '11:30:00')).toBeUndefined();
  expect(at([of('shop', '10:00', '11:00'), of('bank', '11:00', '13:00')], '10:30:00')).toEqual({});
});

test.each([
  [{ from: '24:00' }, 'a time of day'],
  [{ zone: 'Europe/Bonn' }, 'a time zone'],
  [{ to: '22:00' }, 'no window'],
  [{ days: ['friday'] }, 'fri'],
  [{ days: [] }, '1'],
])('%j is refused: %s', (change, says) => {
  const result = MaintenanceWindow.safeParse({ ...NIGHTS, ...change });
  expect(JSON.stringify(result.error?.issues)).toContain(says);
});

test('the kill switch stops remediation; the end of grants and the button only where that is said', () => {
  const bare = DriftSettings.parse({});
  const all = DriftSettings.parse({ killSwitchHolds: { expiry: true, breakGlass: true } });
  const what = ['remediation', 'expiry', 'break-glass'] as const;
  expect(what.map((each) => stopped(true, each, bare))).toEqual([true, false, false]);
  expect(what.map((each) => stopped(true, each, all))).toEqual([true, true, true]);
  expect(what.map((each) => stopped(false, each, all))).toEqual([false, false, false]);
});
