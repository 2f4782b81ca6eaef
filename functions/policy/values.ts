/** The values that typed condition operators compare: numbers, dates, addresses, bytes. */
import { BlockList, isIP } from 'node:net';

/** An integer or decimal number. */
export const parseNumber = (text: string): number | undefined =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;

const W3C_DATE = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/**
 * Milliseconds since 1970 of a W3C date (`2026-11-21T09:00:00Z`, or less of it) or of epoch seconds. Four digits
 * are a year, as in W3C's note; without a zone, the time is UTC.
 */
export const parseDate = (text: string): number | undefined => {
  const parts = W3C_DATE.exec(text);
  if (parts === null) {
    const seconds = parseNumber(text);
    return seconds === undefined ? undefined : seconds * 1000;
  }
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] =
    parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.slice(0, 3)}${zone}`);
  return Number.isNaN(time) ? undefined : time;
};

/** A test for addresses in a CIDR range; a bare address is a range of one. Undefined when it is no range. */
export const parseAddressRange = (text: string): ((address: string) => boolean) | undefined => {
  const [network = '', prefix, ...rest] = text.split('/');
  const family = familyOf(network);
  if (family === undefined || rest.length > 0) return undefined;
  const longest = family === 'ipv4' ? 32 : 128;
  if (prefix !== undefined && !(/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest)) return undefined;
  const range = new BlockList();
  range.addSubnet(network, prefix === undefined ? longest : Number(prefix), family);
  return (address) => {
    const given = familyOf(address);
    return given !== undefined && range.check(address, given);
  };
};

/** Base64 in its one canonical form, so that equal bytes are equal texts. */
export const parseBase64 = (text: string): string | undefined =>
  /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Buffer.from(text, 'base64').toString('base64') : undefined;

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined => {
  const version = isIP(address);
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined;
};
