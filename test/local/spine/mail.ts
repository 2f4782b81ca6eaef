/** CloudTrail's records on their way to EventBridge: held back, delivered late, twice, or in another order. */
import { BUS } from '../../../functions/names.ts';
import type { TrailEvent } from '../../../local/contract.ts';
import { busAt } from '../../../local/services/events/bus.ts';
import { publish } from '../../../local/services/events/deliver.ts';
import type { Local } from '../../../local/start.ts';
import { listenersOf } from '../../../local/trail.ts';

export type Mail = {
  /** Every record that was written, delivered or not. */
  readonly all: readonly TrailEvent[];
  /** What happens to a record; by default it is delivered once. */
  onRecord: (event: TrailEvent) => void;
  /** Puts a record on the default bus of its account and region. */
  readonly deliver: (event: TrailEvent) => void;
  /** Puts a record on the hub's own bus, as the spoke's rule would. */
  readonly deliverToHub: (event: TrailEvent) => void;
};

/** Comes between CloudTrail and whoever listens to it. */
export const mailOf = ({ cloud, config: { hub } }: Local): Mail => {
  const listeners = listenersOf(cloud);
  const subscribers = [...listeners];
  const all: TrailEvent[] = [];
  const deliver = (event: TrailEvent): void => {
    for (const subscriber of subscribers) subscriber(event);
  };
  const mail: Mail = {
    all,
    onRecord: deliver,
    deliver,
    deliverToHub: (event) => publish(cloud, busAt(cloud, { ...hub, name: BUS }), event),
  };
  listeners.clear();
  listeners.add((event) => {
    all.push(event);
    mail.onRecord(event);
  });
  return mail;
};

/** The change of an association that a record is about, `Delete api`; undefined for every other record. */
export const changeIn = ({ detail }: TrailEvent): string | undefined => {
  const verb = /^(Create|Update|Delete)PodIdentityAssociation$/.exec(String(detail.eventName))?.[1];
  const { responseElements } = detail as { responseElements?: { association?: { serviceAccount?: string } } };
  const name = responseElements?.association?.serviceAccount;
  return verb === undefined || name === undefined ? undefined : `${verb} ${name}`;
};
