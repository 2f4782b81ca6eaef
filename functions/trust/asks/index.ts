/** Asking a trust policy about single requests: what other folders may use of it. */
export { answerAsk, answerRead, decisionsOf, MAX_TRUST_CHARACTERS, storable } from './answer.ts';
export { type Ask, AskMalformed, readAsk } from './ask.ts';
export { answerLine, type LineAnswer } from './line.ts';
export { placesIn, type RolePlace } from './places.ts';
export { type Shown, type Way, type WayName, waysInto } from './ways.ts';
