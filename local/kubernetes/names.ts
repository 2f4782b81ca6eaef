/** Which names and labels Kubernetes accepts, in its own words (apimachinery, pkg/util/validation). */
import type { Kind } from './kinds.ts';
import type { Labels } from './objects.ts';
import { type FieldError, invalidValue } from './status.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';

/** What is wrong with a name; empty when nothing is. */
export const nameErrors = (kind: Pick<Kind, 'group' | 'plural'>, name: string): string[] => {
  if (kind.group === 'rbac.authorization.k8s.io') return pathSegment(name);
  if (kind.plural === 'namespaces') return label(name);
  if (kind.plural === 'services') return label1035(name);
  // A cron job's jobs are named after it, with 11 characters more.
  const limit = kind.plural === 'cronjobs' ? 52 : 253;
  return subdomain(name, limit);
};

/** What is wrong with the name of a container or a volume: a DNS label. */
export const dnsLabelErrors = (name: string): string[] => label(name);

/** Errors of a map of labels under a field's path. */
export const labelErrors = (labels: Labels, field: string): FieldError[] =>
  Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(key).map((why) => invalidValue(field, key, why)),
    ...(value.length > 63 ? [invalidValue(field, value, 'must be no more than 63 characters')] : []),
    ...(matches(VALUE, value)
      ? []
      : [
          invalidValue(
            field,
            value,
            `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '${VALUE}')`,
          ),
        ]),
  ]);

/** Errors of annotation keys; their values are free, up to 256 KiB together. */
export const annotationErrors = (annotations: Labels, field: string): FieldError[] => {
  const size = Object.entries(annotations).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  return [
    ...Object.keys(annotations).flatMap((key) =>
      qualifiedName(key.toLowerCase()).map((why) => invalidValue(field, key, why)),
    ),
    ...(size > 262_144
      ? [{ field, reason: 'FieldValueTooLong', message: 'Too long: may not be more than 262144 bytes' }]
      : []),
  ];
};

const matches = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text);

const tooLong = (name: string, limit: number): string[] =>
  name.length > limit ? [`must be no more than ${limit} characters`] : [];

const subdomain = (name: string, limit: number): string[] => [
  ...tooLong(name, limit),
  ...(matches(SUBDOMAIN, name)
    ? []
    : [
        `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
      ]),
];

const label = (name: string): string[] => [
  ...tooLong(name, 63),
  ...(matches(LABEL, name)
    ? []
    : [
        `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`,
      ]),
];

const label1035 = (name: string): string[] => [
  ...tooLong(name, 63),
  ...(matches(LABEL_1035, name)
    ? []
    : [
        `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '${LABEL_1035}')`,
      ]),
];

const pathSegment = (name: string): string[] => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((illegal) => name.includes(illegal)).map((illegal) => `may not contain '${illegal}'`);
};

const qualifiedName = (key: string): string[] => {
  const [name = '', prefix] = key.split('/').reverse();
  const errors = prefix === undefined ? [] : subdomain(prefix, 253).map((why) => `prefix part ${why}`);
  if (key.split('/').length > 2 || name === '') {
    return [
      `a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name.length > 63) errors.push('name part must be no more than 63 characters');
  if (!matches(QUALIFIED, name)) {
    errors.push(
      `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`,
    );
  }
  return errors;
};
