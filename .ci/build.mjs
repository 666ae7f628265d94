// Bundles src to dist: a file for each entry and for each module that is loaded later, packages stay outside.
// Before it, tsc checks types and writes each module and its `.d.ts`; scripts may import modules, nothing that runs does. Why: docs/decisions/0016-bundles-and-lazy-loading.md.
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const target = join(root, 'dist')

/** What somebody starts or imports by its path; keep `package.json` in step. */
const entries = [
  'main.ts',
  'app/embedded/express.ts',
  'app/embedded/lambda.ts',
  'rules/loading/parse-thread/worker.ts',
]

// Names of chunks contain hashes: those of earlier builds would stay.
rmSync(join(target, 'parts'), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: entries.map(entry => `src/${entry}`),
  outbase: 'src',
  outdir: 'dist',
  chunkNames: 'parts/[name]-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  // With `--enable-source-maps` stack traces name files and lines of src.
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
})
chmodSync(join(target, 'main.js'), 0o755)
