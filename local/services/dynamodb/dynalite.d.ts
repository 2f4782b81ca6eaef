/** dynalite has no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  type Options = {
    /** Milliseconds that tables stay in CREATING, DELETING, UPDATING. */
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  };

  export default function dynalite(options?: Options): Server;
}
