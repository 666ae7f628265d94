/** Rule sets that commands compare: of a configuration, of a file with rules, or of a folder with such files. */
import { open as openFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { redactionOf } from '../../app/observability/logs.ts'
import { createDeps } from '../../app/outbound/deps.ts'
import { pipelineSettings } from '../../app/rules/pipeline.ts'
import type { Config } from '../../config/config.ts'
import { renderIssue } from '../../config/issue.ts'
import { loadConfig } from '../../config/load.ts'
import { createGuard } from '../../explain/outside.ts'
import type { Deps } from '../../handlers/kind.ts'
import { textOf } from '../../lib/bytes.ts'
import { environment } from '../../lib/environment.ts'
import { readablePath } from '../../lib/reach.ts'
import { compileRules } from '../../rules/compiling/compile.ts'
import type { PipelineSettings } from '../../rules/compiling/settings.ts'
import type { RuleDefinition } from '../../rules/definition.ts'
import { createRepository, everything, isUnread } from '../../rules/loading/repository.ts'
import type { RuleSet } from '../../rules/rule-set.ts'
import { type ComparedRules, compareRules } from '../patterns/rules.ts'
import type { ReplayRules } from '../replay/replay.ts'
import { replayRules } from '../replay/replay-rules.ts'
import { createEvaluate, type Evaluate } from './evaluate.ts'
import { standInConfig } from './stand-ins.ts'

export interface OpenedRules extends ComparedRules {
  readonly kind: 'rules'
  readonly engine: RuleSet
  readonly settings: PipelineSettings
  /** undefined: a file with rules alone, whose handlers have stand-ins for a configuration. */
  readonly config: Config | undefined
  readonly evaluate: Evaluate
  /** The rules for decisions that are made again, as of this time: milliseconds since the epoch. */
  readonly replayRules: (now: number) => Promise<ReplayRules>
  /** What the handlers were compiled with. */
  readonly deps: Deps
  readonly close: () => Promise<void>
}

/** Why a set cannot be used; one line per problem. */
export interface OpenProblem {
  readonly kind: 'problem'
  /** `unreadable`: a file could not be read; `invalid`: its content is not valid. */
  readonly problem: 'unreadable' | 'invalid'
  readonly lines: readonly string[]
}

/** Whether it is a configuration; rules alone need one of another place. */
export const isConfig = async (path: string): Promise<boolean> => (await kindOf(path)) === 'config'

/** `files`: those of one configuration. `settings`: of the configuration for a file with rules alone. */
export async function openRules(
  files: readonly string[],
  settings?: Config,
): Promise<OpenedRules | OpenProblem> {
  const [only, ...more] = files
  const kind = only === undefined ? 'config' : await kindOf(only)
  if (typeof kind === 'object') return kind
  if (kind === 'config' || only === undefined || more.length > 0) return openConfig(files)
  const config = settings ?? standInConfig()
  const access_rules = { ...config.access_rules, repositories: [`file://${resolve(only)}`] }
  return openSet({ ...config, access_rules }, settings !== undefined)
}

const unreadable = (line: string): OpenProblem => ({
  kind: 'problem',
  problem: 'unreadable',
  lines: [line],
})

async function openConfig(files: readonly string[]): Promise<OpenedRules | OpenProblem> {
  const outcome = await loadConfig({ files, env: environment() })
  if (outcome.kind === 'config') return openSet(outcome.config, true)
  return { kind: 'problem', problem: 'invalid', lines: outcome.issues.map(renderIssue) }
}

/** Enough to see how a file begins. */
const beginning = 65_536

/** A list at the top is a list of rules. */
async function kindOf(named: string): Promise<'config' | 'rules' | OpenProblem> {
  try {
    const path = readablePath(named)
    const found = await stat(path)
    if (found.isDirectory()) return 'rules'
    if (!found.isFile()) return 'config'
    const file = await openFile(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(beginning), 0, beginning, 0)
      return isList(buffer.subarray(0, bytesRead).toString('utf8')) ? 'rules' : 'config'
    } finally {
      await file.close()
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return unreadable(
      `${named}: ${code === 'ENOENT' ? 'no such file' : `it cannot be read (${code})`}`,
    )
  }
}

/** Behind comments, blank lines and marks of documents. A file without anything else has no rules. */
const isList = (text: string): boolean =>
  /^(?:\ufeff)?(?:\s|#[^\n]*(?:\n|$)|---(?=\s)|%[^\n]*\n)*(?:\[|-(?=\s)|$)/.test(text)

async function openSet(config: Config, hasConfig: boolean): Promise<OpenedRules | OpenProblem> {
  const read = await definitionsOf(config)
  if ('kind' in read) return read
  const guard = createGuard({ stubFor: () => undefined, live: false })
  let time: number | undefined
  const deps = await createDeps(config, { guard: guard.wrap, now: () => time ?? Date.now() })
  const settings = pipelineSettings(config)
  const engine = await compileRules(read.definitions, settings, deps)
  if (engine.problems.length > 0) {
    await deps.close()
    const lines = engine.problems.map(
      ({ rule, message }) => `rule "${textOf(rule)}": ${textOf(message)}`,
    )
    return { kind: 'problem', problem: 'invalid', lines }
  }
  const { strategy } = settings
  let again: Promise<ReplayRules> | undefined
  const compared = await compareRules({
    definitions: read.definitions,
    strategy,
    paths: config.serve.paths,
  })
  return {
    ...compared,
    kind: 'rules',
    engine,
    settings,
    config: hasConfig ? config : undefined,
    replayRules: now => {
      time = now
      again ??= replayRules(engine, settings, redactionOf(config))
      return again
    },
    evaluate: createEvaluate({ engine, refused: guard.refused }),
    deps,
    close: deps.close,
  }
}

interface ReadDefinitions {
  readonly definitions: readonly RuleDefinition[]
}

/** Rules may come from other machines. */
async function definitionsOf(config: Config): Promise<ReadDefinitions | OpenProblem> {
  const deps = await createDeps(config)
  const repository = createRepository(deps)
  try {
    const { repositories } = config.access_rules
    await repository.read(repositories, { which: everything })
    const { definitions, reports } = repository.loaded(repositories)
    const lines = reports.flatMap(({ location, problem }) =>
      problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
    )
    const problem = reports.some(isUnread) ? 'unreadable' : 'invalid'
    return lines.length === 0 ? { definitions } : { kind: 'problem', problem, lines }
  } finally {
    repository.close()
    await deps.close()
  }
}
