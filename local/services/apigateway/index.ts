/** API Gateway's HTTP APIs, each on a port of its own. They come from templates; there is no API to make APIs. */
export {
  apiPorts,
  apisOf,
  type Cors,
  defineApi,
  type HttpApi,
  partId,
  type Stage,
} from './api.ts';
export { serve } from './serve.ts';
