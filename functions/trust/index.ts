/** Who can get a role: what other folders may use of it. */
export * from './reach/index.ts';
