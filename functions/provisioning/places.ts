// Drift asks the spokes too, and so it lives on a lower floor.
export { type Place, placeKey, placeOfRole } from '../places.ts';
