/** Cedar, loaded once. In a bundle only the package's `/web` build can be: its WebAssembly lies beside the bundle, and is compiled here. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as engine from '@cedar-policy/cedar-wasm/web';

/** The name under which the WebAssembly is put beside a bundle; 4.3 MB. */
export const CEDAR_WASM = 'cedar_wasm_bg.wasm';

let ready = false;

/** The engine; the first call takes some 40 ms. @throws when the WebAssembly is in neither place */
export const cedar = (): typeof engine => {
  if (!ready) engine.initSync({ module: readFileSync(cedarWasmFile()) });
  ready = true;
  return engine;
};

/** Where the WebAssembly is: beside this file in a bundle, else in the package. Also what the bundler copies. */
export const cedarWasmFile = (): string => {
  const beside = fileURLToPath(new URL(`./${CEDAR_WASM}`, import.meta.url));
  if (existsSync(beside)) return beside;
  return fileURLToPath(new URL(CEDAR_WASM, import.meta.resolve('@cedar-policy/cedar-wasm/web')));
};
