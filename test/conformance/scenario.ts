import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { differences } from './compare.ts'
import { type Context, createContext, findData, substitute } from './context.ts'
import { type Check, type Expanded, expand, reduce } from './expand.ts'
import { writeScenario } from './files.ts'
import { observe, type Stage } from './observe.ts'
import { waitReady } from './ready.ts'
import { type ServerProcess, startServer } from './server-process.ts'
import { change, isChange } from './steps.ts'
import { createStub } from './stub.ts'
import type { Data, DataMap, Miss, Port, Result, Scenario } from './types.ts'
import { readYaml } from './yaml.ts'

export interface Options {
  /** Started as `COMMAND serve --config FILE`. */
  readonly command: string
  /** Ports whose steps are left out: for a server that does not have them yet. */
  readonly without?: readonly Port[]
}

/** Starts a server for one case file, sends its requests and compares the answers. */
export async function runScenario(file: string, options: Options): Promise<Result> {
  const scenario = readScenario(file, options.without ?? [])
  const outcome =
    (await attempt(file, scenario, options)) ?? (await attempt(file, scenario, options))
  return { scenario: scenarioName(file), ...(outcome ?? failed('start', ['its ports are in use'])) }
}

export const scenarioName = (file: string): string => basename(file).replace(/\.ya?ml$/, '')

function readScenario(file: string, without: readonly Port[]): Scenario {
  const scenario = readYaml(readFileSync(file, 'utf8')) as unknown as Scenario
  if (scenario.steps === undefined) return scenario
  return { ...scenario, steps: scenario.steps.filter(step => !without.includes(step.to ?? 'api')) }
}

type Outcome = Omit<Result, 'scenario'>
const failed = (check: string, diff: readonly string[]): Outcome => ({
  passed: 0,
  misses: [{ check, diff }],
})

/** Undefined when another process took one of the ports between choosing and listening. */
async function attempt(
  file: string,
  scenario: Scenario,
  options: Options,
): Promise<Outcome | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'conform-'))
  const stage = await setStage(file, folder, scenario)
  const expanded = expand(scenario)
  const config = writeScenario(stage.context, scenario, expanded.rules)
  const env = { ...keySetTime(scenario), ...environment(stage.context, scenario.env ?? {}) }
  const server = await startServer({ command: options.command, config, folder, env })
  try {
    if (scenario.start !== undefined) return await checkStart(scenario.start, server)
    const problem = await waitReady(stage, scenario, server)
    if (problem === undefined) return await play(stage, expanded, server)
    return portTaken(server) ? undefined : neverReady(problem, expanded, server)
  } finally {
    await server.stop()
    for (const stub of stage.stubs) stub.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A loaded machine may need longer for a key set than the second that is the default, and would answer 401. */
function keySetTime({ config }: Scenario): Record<string, string> {
  const { authenticators } = (config ?? {}) as {
    readonly authenticators?: { readonly jwt?: object }
  }
  return authenticators?.jwt === undefined ? {} : { AUTHENTICATORS_JWT_CONFIG_JWKS_MAX_WAIT: '10s' }
}

/** Stubs and placeholders of a scenario, ready for its server. */
export async function setStage(file: string, work: string, scenario: Scenario): Promise<Stage> {
  const current: { context?: Context } = {}
  const put = (value: Data) =>
    current.context === undefined ? value : substitute(current.context, value)
  const specs = Object.entries(scenario.stubs ?? {})
  const stubs = await Promise.all(
    specs.map(([name, { routes = [] }]) => createStub(name, routes, put)),
  )
  const ports = new Map(stubs.map(stub => [stub.name, stub.port]))
  const context = await createContext({ data: findData(file), work, stubs: ports })
  current.context = context
  return { context, stubs, tls: scenario.tls ?? [] }
}

const environment = (context: Context, env: DataMap): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, String(substitute(context, value))]),
  )

/** A server that must refuse to start: it ends with a code other than zero. */
async function checkStart(expected: DataMap, server: ServerProcess): Promise<Outcome> {
  const code = await server.ended(15_000)
  const seen: DataMap =
    code === undefined ? { ends: false } : { ends: true, code_is_zero: code === 0 }
  return tally([{ check: 'start', diff: differences(expected, seen) }])
}

const portTaken = (server: ServerProcess): boolean =>
  server.log().some(line => /address already in use|EADDRINUSE/.test(line))

function neverReady(problem: string, { checks }: Expanded, server: ServerProcess): Outcome {
  const named = checks.filter(({ step }) => step.id !== undefined)
  const skipped = named.map(({ label }): Miss => ({ check: label, diff: notRun }))
  return { passed: 0, misses: [{ check: 'start', diff: [problem, ...server.log()] }, ...skipped] }
}

/** The difference of a check that was never reached. */
export const notRun: readonly string[] = ['not run']

async function play(stage: Stage, { checks }: Expanded, server: ServerProcess): Promise<Outcome> {
  const results: Miss[] = []
  for (const check of checks) {
    if (isChange(check.step)) await change(stage, check.step)
    else results.push({ check: check.label, diff: await compare(stage, check) })
  }
  const { passed, misses } = tally(results)
  if ((await server.ended(50)) === undefined) return { passed, misses }
  return {
    passed,
    misses: [...misses, { check: 'end', diff: ['the server ended by itself', ...server.log()] }],
  }
}

const compare = async (stage: Stage, check: Check): Promise<string[]> =>
  differences(check.expect, reduce(check, await observe(stage, check.step)))

function tally(results: readonly Miss[]): Outcome {
  const misses = results.filter(({ diff }) => diff.length > 0)
  return { passed: results.length - misses.length, misses }
}
