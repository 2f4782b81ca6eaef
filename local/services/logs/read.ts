/** FilterLogEvents, GetLogEvents, DescribeLogStreams, DescribeLogGroups. */
import {
  type DescribeLogGroupsRequest,
  type DescribeLogGroupsResponse,
  type DescribeLogStreamsRequest,
  type DescribeLogStreamsResponse,
  type FilterLogEventsRequest,
  type FilterLogEventsResponse,
  type GetLogEventsRequest,
  type GetLogEventsResponse,
  InvalidParameterException,
} from '@aws-sdk/client-cloudwatch-logs';
import type { Ask, Call, Operation } from '../../contract.ts';
import { ApiError } from '../../wire/errors.ts';
import { groupNamed, groupsOf, type LogEvent, logGroupArn, nameOf } from './group.ts';

/** What one page holds (CloudWatch Logs API reference). */
const PAGE = 10_000;
const STREAMS_PAGE = 50;

const ask =
  (action: string) =>
  (input: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined }, call: Call): Ask[] => [
    { action: `logs:${action}`, resource: `${logGroupArn(call.cloud, call.account, call.region, nameOf(input))}:*` },
  ];

export const FilterLogEvents: Operation<FilterLogEventsRequest, FilterLogEventsResponse> = {
  readOnly: true,
  asks: ask('FilterLogEvents'),
  run: (input, call) => {
    const wanted = filterOf(input.filterPattern ?? '');
    checkToken(input.nextToken, /^\d{20}$/);
    const streams = input.logStreamNames;
    const events = groupNamed(call, nameOf(input)).events.filter(
      (event) =>
        during(event, input.startTime, input.endTime) &&
        (streams === undefined || streams.includes(event.stream)) &&
        event.stream.startsWith(input.logStreamNamePrefix ?? '') &&
        event.id >= (input.nextToken ?? '') &&
        wanted(event.message),
    );
    const limit = Math.min(input.limit ?? PAGE, PAGE);
    const next = events[limit];
    return {
      events: events.slice(0, limit).map((event) => ({
        eventId: event.id,
        logStreamName: event.stream,
        timestamp: event.at,
        ingestionTime: event.at,
        message: event.message,
      })),
      searchedLogStreams: [],
      ...(next === undefined ? {} : { nextToken: next.id }),
    };
  },
};

export const GetLogEvents: Operation<GetLogEventsRequest, GetLogEventsResponse> = {
  readOnly: true,
  asks: ask('GetLogEvents'),
  run: (input, call) => {
    const all = groupNamed(call, nameOf(input)).events.filter(
      (event) => event.stream === input.logStreamName && during(event, input.startTime, input.endTime),
    );
    checkToken(input.nextToken, /^[fb]\/\d*$/);
    const limit = Math.min(input.limit ?? PAGE, PAGE);
    const [direction, id = ''] = (input.nextToken ?? '').split('/');
    const events =
      direction === 'f'
        ? all.filter((event) => event.id > id).slice(0, limit)
        : direction === 'b'
          ? all.filter((event) => event.id < id).slice(-limit)
          : input.startFromHead
            ? all.slice(0, limit)
            : all.slice(-limit);
    return {
      events: events.map((event) => ({ timestamp: event.at, ingestionTime: event.at, message: event.message })),
      // At an end the same token comes back: that is how clients know.
      nextForwardToken: `f/${events.at(-1)?.id ?? id}`,
      nextBackwardToken: `b/${events[0]?.id ?? id}`,
    };
  },
};

export const DescribeLogStreams: Operation<DescribeLogStreamsRequest, DescribeLogStreamsResponse> = {
  readOnly: true,
  asks: ask('DescribeLogStreams'),
  run: (input, call) => {
    const group = groupNamed(call, nameOf(input));
    const byStream = Map.groupBy(group.events, (event) => event.stream);
    const streams = [...byStream].map(([logStreamName, events]) => ({
      logStreamName,
      arn: `${group.arn}:log-stream:${logStreamName}`,
      creationTime: events[0]?.at,
      firstEventTimestamp: events[0]?.at,
      lastEventTimestamp: events.at(-1)?.at,
      lastIngestionTime: events.at(-1)?.at,
      storedBytes: 0,
    }));
    if (input.orderBy === 'LastEventTime')
      streams.sort((a, b) => (a.lastEventTimestamp ?? 0) - (b.lastEventTimestamp ?? 0));
    else streams.sort((a, b) => (a.logStreamName < b.logStreamName ? -1 : 1));
    if (input.descending) streams.reverse();
    const matching = streams.filter((stream) => stream.logStreamName.startsWith(input.logStreamNamePrefix ?? ''));
    const { page, nextToken } = pageOf(matching, input.limit, input.nextToken);
    return { logStreams: page, ...nextToken };
  },
};

export const DescribeLogGroups: Operation<DescribeLogGroupsRequest, DescribeLogGroupsResponse> = {
  readOnly: true,
  asks: (_, call) => [
    { action: 'logs:DescribeLogGroups', resource: logGroupArn(call.cloud, call.account, call.region, '*') },
  ],
  run: (input, call) => {
    const groups = [...groupsOf(call.cloud, call.account, call.region).values()]
      .filter((group) => group.name.startsWith(input.logGroupNamePrefix ?? ''))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((group) => ({
        logGroupName: group.name,
        arn: `${group.arn}:*`,
        logGroupArn: group.arn,
        creationTime: group.createdAt,
        retentionInDays: group.retentionDays,
        metricFilterCount: 0,
        storedBytes: 0,
      }));
    const { page, nextToken } = pageOf(groups, input.limit, input.nextToken);
    return { logGroups: page, ...nextToken };
  },
};

const during = (event: LogEvent, from = 0, to = Number.POSITIVE_INFINITY): boolean => event.at >= from && event.at < to;

/** Words (all), quoted phrases, `?` words (any) and `-` words (none); the JSON and column forms of the syntax are not here. */
const filterOf = (pattern: string): ((message: string) => boolean) => {
  if (/^[{[]/.test(pattern.trim())) {
    throw new ApiError(
      'NotImplemented',
      501,
      'logs:FilterLogEvents with a JSON filter pattern is not supported by the local cloud.',
    );
  }
  const terms = [...pattern.matchAll(/([?-]?)(?:"([^"]*)"|(\S+))/g)].map(([, sign = '', quoted, word = '']) => ({
    sign,
    text: quoted ?? word,
  }));
  const any = terms.filter((term) => term.sign === '?');
  return (message) =>
    terms.every(({ sign, text }) => sign === '?' || message.includes(text) === (sign === '')) &&
    (any.length === 0 || any.some(({ text }) => message.includes(text)));
};

/** @throws InvalidParameterException */
const checkToken = (token: string | undefined, form: RegExp): void => {
  if (token === undefined || form.test(token)) return;
  throw new InvalidParameterException({ message: 'The specified nextToken is invalid.', $metadata: {} });
};

const pageOf = <T>(items: readonly T[], limit = STREAMS_PAGE, token = '0') => {
  checkToken(token, /^\d+$/);
  const from = Number(token);
  const to = from + Math.min(limit, STREAMS_PAGE);
  return { page: items.slice(from, to), nextToken: to < items.length ? { nextToken: String(to) } : {} };
};
