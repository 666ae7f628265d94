import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { root } from '../support/folder.ts'
import { startOarlock } from '../support/oarlock.ts'
import { ask } from '../support/raw-http.ts'

const read = (name: string): string => readFileSync(join(root, name), 'utf8')

interface Panel {
  readonly targets?: readonly { readonly expr: string }[]
}

interface Alerts {
  readonly groups: readonly { readonly rules: readonly { readonly expr: string }[] }[]
}

const ofDashboard = (JSON.parse(read('deploy/grafana/oarlock.json')).panels as readonly Panel[])
  .flatMap(({ targets = [] }) => targets)
  .map(({ expr }) => expr)

const ofAlerts = (parse(read('deploy/prometheus/alerts.yaml')) as Alerts).groups
  .flatMap(({ rules }) => rules)
  .map(({ expr }) => expr)

/** The text without labels, durations and strings: of what starts with a metric prefix, only metrics are left. */
const namesIn = (expression: string): readonly string[] =>
  expression
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .match(/\b(?:oarlock|ory_oathkeeper|process|nodejs)_\w+/g) ?? []

/** Names as queries may write them. */
function namesOf(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffixes = type === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']
    for (const suffix of suffixes) names.add(name + suffix)
  }
  return names
}

test('every metric in the dashboard, the alerts and the documentation exists', async t => {
  const log = { decisions: { enabled: true, file: '/dev/null' } }
  const noRules = `inline://${Buffer.from('[]').toString('base64')}`
  const started = await startOarlock(t, {
    config: {
      log,
      access_rules: { shadow: { repositories: [noRules] } },
      authenticators: { noop: { enabled: true } },
      authorizers: { allow: { enabled: true } },
      mutators: { noop: { enabled: true } },
    },
    rules: [
      {
        id: 'a',
        match: { url: 'http://a.test/', methods: ['GET'] },
        authenticators: [{ handler: 'noop' }],
        authorizer: { handler: 'allow' },
        mutators: [{ handler: 'noop' }],
      },
    ],
  })
  const known = namesOf((await ask(started.metrics, { target: '/metrics' })).text)
  const used = [...ofDashboard, ...ofAlerts].flatMap(namesIn)
  assert(ofDashboard.length > 20 && ofAlerts.length > 8 && used.length > 40)
  assert.deepEqual(
    used.filter(name => !known.has(name)),
    [],
  )
  const documented = read('docs/observability.md').match(/`(?:oarlock|ory_oathkeeper)_\w+`/g) ?? []
  const own = (await ask(started.metrics, { target: '/metrics' })).text
    .match(/^# TYPE (?:oarlock|ory_oathkeeper)_\w+/gm)
    ?.map(line => `\`${line.slice('# TYPE '.length)}\``)
  assert.deepEqual([...new Set(documented)].sort(), own?.sort())
})
