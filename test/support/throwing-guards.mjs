// Preloaded into the built program: its guarded callbacks throw once each after SIGUSR2.
// Writes a line for each callback that is made, and for each that has thrown, into the file $GUARD_LOG.
import { appendFileSync } from 'node:fs'
import { register } from 'node:module'

const known = new Set()
const thrown = new Set()
let throws = false
const say = (what, site) => appendFileSync(process.env.GUARD_LOG, `${what} ${site}\n`)
process.on('SIGUSR2', () => {
  throws = true
})

/** Behind the error's own line: this function, the planted one, the one that replaces `guarded`. */
const siteOf = () =>
  new Error().stack
    .split('\n')
    .slice(4, 7)
    .map(line => /dist\/(.*?\.js:\d+)/.exec(line)?.[1] ?? '')
    .filter(Boolean)
    .join(' < ')

globalThis.plantedGuard = (run, onBug, report) => {
  const site = siteOf()
  if (!known.has(site)) {
    known.add(site)
    say('made', site)
  }
  return (...args) => {
    try {
      if (throws && !thrown.has(site)) {
        thrown.add(site)
        say('thrown', site)
        throw new Error(`planted in ${site}`)
      }
      run(...args)
    } catch (bug) {
      try {
        onBug(bug)
      } catch (second) {
        report(second)
      }
    }
  }
}

register(
  `data:text/javascript,${encodeURIComponent(String.raw`
const made = /var (guarded\w*) = \((run\w*), (onBug\w*) = (reportBug\w*)\) =>/
export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.includes('/dist/') || url.includes('/node_modules/')) return loaded
  const source = String(loaded.source)
  if (!made.test(source)) return loaded
  const planted = 'var $1 = (run, onBug = $4) => globalThis.plantedGuard(run, onBug, $4); var unplanted = ($2, $3 = $4) =>'
  return { ...loaded, source: source.replace(made, planted) }
}`)}`,
)
