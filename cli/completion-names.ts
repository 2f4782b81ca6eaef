/** Names for completion, from the API: quickly, or not at all. */
import * as z from 'zod';
import { type Api, openApi } from './api.ts';
import type { Names } from './completion-words.ts';
import { Told } from './told.ts';

/** Milliseconds: somebody waits with a finger on the tab key. */
const PATIENCE = 2_000;

// Only what is needed: the API's own schemas take longer to load than it takes to answer.
const Grants = z.object({ grants: z.array(z.object({ id: z.string() })) });
const Me = z.object({ teams: z.array(z.string()) });
const Catalogue = z.object({
  namespaces: z.array(z.object({ account: z.string(), region: z.string(), cluster: z.string() })),
  templates: z.array(z.object({ name: z.string() })),
});

const FROM: Readonly<Record<Names, (api: Api) => Promise<readonly string[]>>> = {
  grants: async (api) => {
    const { body } = await api.call({ method: 'GET', path: '/grants', query: { limit: '100' }, answer: Grants });
    return body.grants.map(({ id }) => id);
  },
  teams: async (api) => (await api.call({ method: 'GET', path: '/me', answer: Me })).body.teams,
  clusters: async (api) => {
    const { namespaces } = await catalogue(api);
    return [...new Set(namespaces.map(({ account, region, cluster }) => `${account}/${region}/${cluster}`))];
  },
  templates: async (api) => (await catalogue(api)).templates.map(({ name }) => name),
};

/** None when the API can't be asked: a message in the middle of somebody's line helps nobody. */
export const namesOf = async (names: Names): Promise<readonly string[]> => {
  try {
    return await FROM[names](openApi({ timeout: PATIENCE, tries: 1 }));
  } catch (error) {
    if (error instanceof Told) return [];
    throw error;
  }
};

const catalogue = async (api: Api) => (await api.call({ method: 'GET', path: '/catalogue', answer: Catalogue })).body;
