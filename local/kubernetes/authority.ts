/** A local certificate authority: kubeconfigs trust it, and it certifies each cluster's server. */
import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';

export type Authority = {
  /** PEM: what kubeconfigs carry. */
  ca: string;
  /** PEM: keep it to make the same authority again, so that kubeconfigs survive a restart. */
  key: string;
  /** A server's certificate and key (PEM) for host names and addresses. */
  issue: (hosts: readonly string[]) => Promise<{ cert: string; key: string }>;
};

const DAY = 86_400_000;

/**
 * A new authority, or the kept one again while it is valid for another day.
 * @param now for the certificates' dates
 */
export const makeAuthority = async (now: Date, kept?: { ca: string; key: string }): Promise<Authority> => {
  const notAfterDate = new Date(now.getTime() + 3_650 * DAY);
  // Yesterday, for machines whose clocks differ a little (containers, virtual machines after sleep).
  const dates = { notBeforeDate: new Date(now.getTime() - DAY), notAfterDate };
  const { ca, key } = kept !== undefined && isUsable(kept, now) ? kept : await newAuthority(dates);
  return {
    ca,
    key,
    issue: async (hosts) => {
      const { cert, private: serverKey } = await generate([{ name: 'commonName', value: hosts[0] ?? 'localhost' }], {
        ...dates,
        keyType: 'ec',
        curve: 'P-256',
        algorithm: 'sha256',
        ca: { cert: ca, key },
        extensions: [
          { name: 'basicConstraints', cA: false },
          { name: 'keyUsage', digitalSignature: true, critical: true },
          { name: 'extKeyUsage', serverAuth: true },
          {
            name: 'subjectAltName',
            altNames: hosts.map((host) => (isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host })),
          },
        ],
      });
      return { cert, key: serverKey };
    },
  };
};

const newAuthority = async (dates: {
  notBeforeDate: Date;
  notAfterDate: Date;
}): Promise<{ ca: string; key: string }> => {
  const made = await generate([{ name: 'commonName', value: `podid local ${randomUUID()}` }], {
    ...dates,
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return { ca: made.cert, key: made.private };
};

const isUsable = ({ ca, key }: { ca: string; key: string }, now: Date): boolean => {
  try {
    const certificate = new X509Certificate(ca);
    const lasts = Date.parse(certificate.validTo) > now.getTime() + DAY;
    return lasts && certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    // Not PEM, or cut short: a new one is made, and the kubeconfigs written with it.
    return false;
  }
};
