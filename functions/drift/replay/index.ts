/** Decisions kept and made again: what other folders may use of it. */
export { Decision, decisionOf, digestOfConfig, type Look, World } from './decision.ts';
export { eventsIn } from './events-text.ts';
export { changedIn, type DecisionRedone, type Known, type Line, lineOf, linesOf, type Step, toldBy } from './line.ts';
export { type Redone, redo, type Today } from './redo.ts';
export { RULES_DIGEST, RULES_VERSION } from './rules-version.ts';
