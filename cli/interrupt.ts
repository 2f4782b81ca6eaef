/** Ctrl-C while something is watched: ends the watching, and says what that leaves behind. */

/** As shells count it: 128 and the signal's number. */
const INTERRUPTED = 130;

/** @param last What is said before the end. @returns what makes Ctrl-C as it was */
export const onInterrupt = (last: () => string): (() => void) => {
  const leave = (): void => {
    console.error(last());
    process.exit(INTERRUPTED);
  };
  process.once('SIGINT', leave);
  return () => process.removeListener('SIGINT', leave);
};
