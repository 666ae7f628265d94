// Bundles src to dist: a file for each entry and for each module that is loaded later, packages stay outside.
// Types and `.d.ts` files are tsc's. Why: docs/decisions/0016-bundles-and-lazy-loading.md.
import { chmodSync, existsSync, readdirSync, rmSync } from 'node:fs'
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

for (const file of builtBefore()) rmSync(join(target, file))
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

/** Names contain hashes: files of earlier builds would stay. */
function builtBefore() {
  if (!existsSync(target)) return []
  return readdirSync(target, { recursive: true }).filter(name => /\.js(?:\.map)?$/.test(name))
}
