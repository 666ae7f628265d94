// Preloaded into the built program: its guarded callbacks throw once each after SIGUSR2.
// Writes a line for each callback that is made, and for each that has thrown, into the file $GUARD_LOG.
import { register } from 'node:module'

const source = String.raw`
import { appendFileSync } from 'node:fs'
let report = () => undefined
export const reportBugsTo = sink => { report = sink }
export const reportBug = bug => report(bug)
const known = new Set()
const thrown = new Set()
let throws = false
const say = (what, site) => appendFileSync(process.env.GUARD_LOG, what + ' ' + site + '\n')
process.on('SIGUSR2', () => { throws = true })
const siteOf = () =>
  new Error().stack.split('\n').slice(3, 6)
    .map(line => /dist\/(.*?\.js:\d+)/.exec(line)?.[1] ?? '')
    .filter(Boolean).join(' < ')
export const guarded = (run, onBug = reportBug) => {
  const site = siteOf()
  if (!known.has(site)) { known.add(site); say('made', site) }
  return (...args) => {
    try {
      if (throws && !thrown.has(site)) {
        thrown.add(site)
        say('thrown', site)
        throw new Error('planted in ' + site)
      }
      run(...args)
    } catch (bug) {
      try { onBug(bug) } catch (second) { report(second) }
    }
  }
}
`

register(
  `data:text/javascript,${encodeURIComponent(`
export async function load(url, context, next) {
  if (!url.endsWith('/dist/lib/guarded.js')) return next(url, context)
  return { format: 'module', shortCircuit: true, source: ${JSON.stringify(source)} }
}`)}`,
)
