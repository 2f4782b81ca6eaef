/** Lines that stay, and below them, on a terminal, a few that change. */
import { clearScreenDown, moveCursor } from 'node:readline';

export type Screen = {
  /** Prints lines that stay, and below them these that are drawn again the next time. */
  readonly draw: (stay: readonly string[], change: readonly string[]) => void;
  /** Takes away what changes. */
  readonly clear: () => void;
};

export type Terminal = Pick<NodeJS.WriteStream, 'write' | 'isTTY' | 'columns'> & NodeJS.WritableStream;

/** Of a terminal, else of a pipe or a file, where nothing can be drawn again. */
export const openScreen = (out: Terminal): Screen => {
  let drawn = 0;
  const clear = (): void => {
    if (drawn === 0) return;
    moveCursor(out, 0, -drawn);
    clearScreenDown(out);
    drawn = 0;
  };
  return {
    draw: (stay, change) => {
      clear();
      for (const line of stay) out.write(`${line}\n`);
      if (!out.isTTY) return;
      // A line that wraps would be two of the terminal's; one without a size says 0 columns.
      for (const line of change) out.write(`${line.slice(0, (out.columns || 80) - 1)}\n`);
      drawn = change.length;
    },
    clear,
  };
};
