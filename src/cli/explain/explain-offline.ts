/** Explains with the rules of a configuration, without a server. */
import { pipelineSettings } from '../../app/rules/pipeline.ts'
import type { Config } from '../../config/config.ts'
import type { AskedRequest } from '../../explain/asked.ts'
import { explain } from '../../explain/explain.ts'
import type { Explanation } from '../../explain/explanation.ts'
import { createGuard, type Guard } from '../../explain/outside.ts'
import { type Offline, openOffline } from '../../insight/offline/open.ts'
import { createRunKeys, type RunKeys } from '../../insight/offline/run-keys.ts'
import type { Stubs } from '../../insight/offline/stubs.ts'
import { usualClaims, wishOf, withToken } from '../../insight/offline/token.ts'
import { explainCapsule } from '../../insight/replay/explain-capsule.ts'
import type { LoggedCapsule } from '../../insight/replay/read-capsule.ts'
import { replayRules } from '../../insight/replay/replay-rules.ts'
import { textOf } from '../../lib/bytes.ts'
import type { JsonObject } from '../../lib/json.ts'
import { exitCode, worstOf } from '../exit-codes.ts'
import { loadOrCode } from '../load.ts'
import type { Output } from '../output.ts'
import { printProblem } from '../problem.ts'
import { codesOfSources } from '../rule-problems.ts'
import type { ExplainOptions } from './options.ts'
import type { Question } from './question.ts'
import { noStubs, readStubFile } from './stub-file.ts'

/** The exit code after the problems were printed. */
export async function explainOffline(
  question: Question,
  options: ExplainOptions,
  output: Output,
): Promise<Explanation | number> {
  const { capsule } = question
  if (typeof capsule === 'string') output.err(`warning: --from-log: ${capsule}\n`)
  if (typeof capsule === 'object') return explainLogged(capsule, options, output)
  const stubs = options.stub === undefined ? noStubs : await readStubFile(options.stub, output)
  if (typeof stubs === 'number') return stubs
  const loaded = await loadOrCode(options, output)
  if (typeof loaded === 'number') return loaded
  const keys = question.claims === undefined ? undefined : createRunKeys()
  const guard = createGuard({ stubFor: stubs.find, live: options.live === true })
  const offline = await openOrPrint({ config: loaded.config, guard, keys }, output)
  if (typeof offline === 'number') return offline
  try {
    return await answerWith(question, { config: loaded.config, offline, guard, keys })
  } finally {
    await offline.close()
    warnAboutUnused(stubs, output)
  }
}

/** A decision of the log, made again without the outside. */
async function explainLogged(
  capsule: LoggedCapsule,
  options: ExplainOptions,
  output: Output,
): Promise<Explanation | number> {
  const loaded = await loadOrCode(options, output)
  if (typeof loaded === 'number') return loaded
  const { config } = loaded
  const guard = createGuard({ stubFor: () => undefined, live: false })
  const now = (): number => capsule.capsule.now
  const offline = await openOrPrint({ config, guard, keys: undefined, now }, output)
  if (typeof offline === 'number') return offline
  try {
    const { read, redaction, doors } = offline
    const rules = await replayRules(read.rules, pipelineSettings(config), redaction)
    const { explanation, isSameSet } = await explainCapsule(capsule, { ...rules, doors })
    if (!isSameSet) output.err(otherSet)
    return explanation
  } finally {
    await offline.close()
  }
}

const otherSet =
  'warning: the decision was made with other rules or settings: what these handlers would give is not always known\n'

interface Opening {
  readonly config: Config
  readonly guard: Guard
  readonly keys: RunKeys | undefined
  readonly now?: () => number
}

/** The exit code after the problems were printed. */
async function openOrPrint(
  { config, guard, keys, now }: Opening,
  output: Output,
): Promise<Offline | number> {
  try {
    const offline = await openOffline({
      config,
      guard,
      keySets: keys?.keySets,
      ...(now && { now }),
    })
    const { reports } = offline.read
    const code = worstOf(codesOfSources(reports))
    if (code === exitCode.fine) return offline
    await offline.close()
    const lines = reports.flatMap(({ location, problem }) =>
      problem === undefined ? [] : [`${location}: ${textOf(problem)}`],
    )
    printProblem({ problem: 'invalid', lines }, output)
    return code
  } catch (error) {
    return printProblem({ problem: 'invalid', lines: [(error as Error).message] }, output)
  }
}

async function answerWith(
  { request, door, claims }: Question,
  { config, offline, guard, keys }: Opening & { readonly offline: Offline },
): Promise<Explanation> {
  const { rules } = offline.read
  const asked =
    claims === undefined || keys === undefined
      ? request
      : await tokenFor({ request, door, claims }, { config, offline, keys })
  return explain(
    { request: asked, door },
    {
      rules,
      strategy: config.access_rules.matching_strategy,
      doors: offline.doors,
      redaction: offline.redaction,
      guard,
    },
  )
}

async function tokenFor(
  { request, door, claims }: Omit<Question, 'written'> & { readonly claims: JsonObject },
  { config, offline, keys }: { config: Config; offline: Offline; keys: RunKeys },
): Promise<AskedRequest> {
  const read = offline.doors[door].read(request)
  if ('kind' in read) return request
  const { header, from } = wishOf(config, offline.read.rules, read)
  const token = await keys.sign({ ...usualClaims(Date.now()), ...claims }, header)
  return withToken(request, token, from)
}

function warnAboutUnused(stubs: Stubs, output: Output): void {
  for (const name of stubs.unused()) output.err(`warning: no call used the stub "${name}"\n`)
}
