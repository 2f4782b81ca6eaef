/** When an object is looked at, and how a plan for it is carried out: what other folders may use of it. */
export { type Acting, type Answer, begin, type Ended, next, OutOfStep } from './act.ts';
export { acknowledgeBreaker, type Breaker, count, UNTOUCHED } from './breaker.ts';
export {
  acknowledgeFight,
  type Fight,
  type Fights,
  fightFindings,
  foughtOver,
  latchedFights,
  putRight,
} from './fights.ts';
export { finish, type Marker, mark, take } from './marker.ts';
export { type Known, type Pass, pass, type Surroundings } from './pass.ts';
export { type Changing, looked, settlesAt, wrote } from './settle.ts';
