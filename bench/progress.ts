/** How far a long measurement is, on stderr, so that the figures on stdout stay figures. */

/** Says it every fifteen seconds. @returns what ends it */
export const tellProgress = (tell: () => string | Promise<string>, every = 15_000): (() => void) => {
  const began = performance.now();
  const timer = setInterval(async () => {
    const told = await Promise.resolve().then(tell).catch(String);
    console.error(`${((performance.now() - began) / 1000).toFixed(0)} s: ${told}`);
  }, every);
  return () => clearInterval(timer);
};
