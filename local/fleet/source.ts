/** The text of a YAML or JSON file as data that knows where each part of it stands. */
import { isNode, LineCounter, parseDocument } from 'yaml';

export type Source = {
  readonly value: unknown;
  /** `FILE:LINE:COLUMN` of a part; of the nearest part around it, when it is missing. */
  readonly placeOf: (path: ReadonlyArray<string | number>) => string;
};

/**
 * Reads one document. JSON is taken as such: a big fleet would keep the YAML parser busy for minutes.
 * @throws Error from the parser, with line and column
 */
export const sourceOf = (text: string, name: string): Source => {
  if (text.startsWith('{')) return { value: JSON.parse(text), placeOf: () => name };
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [problem] = document.errors;
  if (problem !== undefined) throw problem;
  return {
    value: document.toJS(),
    placeOf: (path) => {
      for (let depth = path.length; depth >= 0; depth -= 1) {
        const node: unknown = document.getIn(path.slice(0, depth), true);
        const start = isNode(node) ? node.range?.[0] : undefined;
        if (start === undefined) continue;
        const { line, col } = lines.linePos(start);
        return `${name}:${line}:${col}`;
      }
      return name;
    },
  };
};
