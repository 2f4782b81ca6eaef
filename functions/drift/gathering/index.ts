/** What the hub knows of an object before it is judged: what other folders may use of it. */
export { withOwnWrite } from './baseline-wants.ts';
export {
  type DriftHub,
  type Gathered,
  type GrantPart,
  type Grants,
  gather,
  isLookedAfter,
  type JustRead,
} from './gather.ts';
export { ourRolesOf } from './our-roles.ts';
export { principalsOf, setupOf } from './setup.ts';
