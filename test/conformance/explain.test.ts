/** What `explain` says agrees with what Oathkeeper answered, for each recorded request to the decision API. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig } from '../../src/config/load.ts'
import { askedRequest } from '../../src/explain/asked.ts'
import { explain } from '../../src/explain/explain.ts'
import { createGuard } from '../../src/explain/outside.ts'
import { type Offline, openOffline } from '../../src/insight/offline/open.ts'
import { collect } from './collect.ts'
import { type Context, substitute } from './context.ts'
import { readDeliberate } from './deliberate.ts'
import { type Check, expand } from './expand.ts'
import { writeScenario } from './files.ts'
import { toPairs } from './headers.ts'
import { scenarioName, setStage } from './scenario.ts'
import { isChange } from './steps.ts'
import type { DataMap, Request, Scenario } from './types.ts'
import { readYaml } from './yaml.ts'

const here = new URL('.', import.meta.url).pathname
const deliberate = readDeliberate(join(here, 'deliberate.yaml'))
const guard = createGuard({ stubFor: () => undefined, live: true })
let compared = 0

describe('explanations of recorded requests', () => {
  for (const file of collect([join(here, 'cases')])) {
    const name = scenarioName(file)
    const scenario = readYaml(readFileSync(file, 'utf8')) as unknown as Scenario
    // Pre-flight requests are answered before rules are matched.
    if (scenario.start !== undefined || hasCors(scenario)) continue
    test(name, () => compareScenario(file, scenario, deliberate[name] ?? {}))
  }
  test('most recorded requests were compared', () => assert.ok(compared > 1000, String(compared)))
})

function hasCors({ config }: Scenario): boolean {
  const serve = config?.['serve'] as { readonly api?: { readonly cors?: DataMap } } | undefined
  return serve?.api?.cors?.['enabled'] === true
}

async function compareScenario(
  file: string,
  scenario: Scenario,
  listed: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'explain-'))
  const { context, stubs } = await setStage(file, folder, scenario)
  const { rules, checks } = expand(scenario)
  const config = writeScenario(context, scenario, rules)
  const scheme = scenario.tls?.includes('api') ? 'https' : 'http'
  const offline = await open(config, substitute(context, scenario.env ?? {}) as DataMap)
  try {
    for (const check of checks) {
      if (isChange(check.step)) break
      if (offline && isPlain(check) && listed[check.label] === undefined)
        await compare({ ...offline, scheme }, check, context)
    }
  } finally {
    await offline?.close()
    for (const stub of stubs) stub.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function open(
  file: string,
  env: DataMap,
): Promise<(Offline & { config: Config }) | undefined> {
  const outcome = await loadConfig({ files: [file], env: env as Record<string, string> })
  assert.ok(outcome.kind === 'config')
  const { config } = outcome
  return { ...(await openOffline({ config, guard })), config }
}

type Config = Extract<Awaited<ReturnType<typeof loadConfig>>, { kind: 'config' }>['config']

/** A request that a client can describe by its URL, to the decision API, with a recorded status. */
function isPlain({ step, expect }: Check): boolean {
  const { to = 'api', path = '/', raw, chunks, http } = step
  const status = (expect as DataMap | null)?.['status']
  const isWhole = raw === undefined && chunks === undefined && http === undefined
  return (
    to === 'api' &&
    isWhole &&
    path.startsWith('/decisions/') &&
    step.host !== '' &&
    typeof status === 'number'
  )
}

async function compare(
  offline: Offline & { readonly config: Config; readonly scheme: string },
  { label, step, expect }: Check,
  context: Context,
): Promise<void> {
  const request = asked(substitute(context, step as never) as unknown as Request, offline.scheme)
  if (typeof request === 'string') return
  const explanation = await explain(
    { request, door: 'decisions' },
    {
      rules: offline.read.rules,
      strategy: offline.config.access_rules.matching_strategy,
      doors: offline.doors,
      redaction: offline.redaction,
      guard,
    },
  )
  compared += 1
  const { status } = expect as { readonly status: number }
  assert.equal(
    explanation.answers['decisions']?.status,
    status,
    `${label}: ${JSON.stringify(explanation)}`,
  )
}

function asked(request: Request, scheme: string) {
  const { method = 'GET', path = '/', host = 'localhost', headers = {}, body, json } = request
  const content = json === undefined ? body : JSON.stringify(json)
  return askedRequest({
    method,
    url: `${scheme}://${host}${path.slice('/decisions'.length)}`,
    headers: toPairs(headers),
    ...(content === undefined ? {} : { body: Buffer.from(content) }),
  })
}
