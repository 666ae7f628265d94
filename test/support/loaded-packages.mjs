// Preloaded into the built program: writes the name of each package that it loads into the file $LOADED, one a line.
import { appendFileSync } from 'node:fs'
import { createRequire, register } from 'node:module'
import { isMainThread } from 'node:worker_threads'

const hook = String.raw`
import { appendFileSync } from 'node:fs'
export async function load(url, context, next) {
  if (url.startsWith('file:')) appendFileSync(process.env.LOADED, url + '\n')
  return next(url, context)
}`

if (isMainThread) {
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
  // CommonJS modules that others require are not seen by the hook.
  const { cache } = createRequire(import.meta.url)
  process.on('exit', () => {
    for (const file of Object.keys(cache)) appendFileSync(process.env.LOADED, `${file}\n`)
  })
}
