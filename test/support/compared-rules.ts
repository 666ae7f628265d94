/** Rules to be compared, from short texts. */
import type { PathSettings } from '../../src/doors/request/path-reader.ts'
import { compareRules, type RulesToCompare } from '../../src/insight/patterns/rules.ts'
import { replayRules } from '../../src/insight/replay/replay-rules.ts'
import { createEvaluate } from '../../src/insight/rule-sets/evaluate.ts'
import type { OpenedRules } from '../../src/insight/rule-sets/open.ts'
import { createRedaction } from '../../src/observability/redaction.ts'
import { compileRules } from '../../src/rules/compiling/compile.ts'
import type { PipelineSettings } from '../../src/rules/compiling/settings.ts'
import { parseDocument } from '../../src/rules/loading/document.ts'
import type { Strategy } from '../../src/rules/matching/problem.ts'
import { testDeps } from './deps.ts'

export const usualPaths: PathSettings = {
  encoded_slash: 'decode',
  parameters: 'text',
  forwarded_uri: 'encoded',
}

export type MatchText = Readonly<Record<string, unknown>>

/** Rules with these matches, called `r0`, `r1`, …; a text is a URL pattern for GET. */
export const rulesOf = (
  matches: readonly (string | MatchText)[],
  strategy: Strategy = 'regexp',
): RulesToCompare =>
  rulesFrom(
    matches.map(match => ({
      match: typeof match === 'string' ? { url: match, methods: ['GET'] } : match,
    })),
    strategy,
  )

/** Rules with these members; `noop` lets everybody in where nothing else is said. */
export const rulesFrom = (
  written: readonly MatchText[],
  strategy: Strategy = 'regexp',
): RulesToCompare => {
  const rules = written.map((members, i) => ({
    id: `r${i}`,
    authenticators: [{ handler: 'noop' }],
    authorizer: { handler: 'allow' },
    mutators: [{ handler: 'noop' }],
    ...members,
  }))
  const document = parseDocument(JSON.stringify(rules))
  if (document.kind !== 'document') throw new Error(document.message)
  return { definitions: document.rules, strategy, paths: usualPaths }
}

const shownAsLogged = createRedaction({ leak: false, text: 'hidden', headers: [] })

const enabled = { enabled: true, config: {} }

/** What the rules of tests are compiled with. */
const settingsFor = ({ strategy }: RulesToCompare): PipelineSettings => ({
  strategy,
  authenticators: { noop: enabled, anonymous: enabled, unauthorized: enabled },
  authorizers: { allow: enabled, deny: enabled, cel: enabled },
  mutators: { noop: enabled, header: { enabled: true, config: { headers: {} } } },
  errors: { json: enabled },
  fallback: ['json'],
})

/** The same with the rule set of the engine. */
export async function openedOf(set: RulesToCompare): Promise<OpenedRules> {
  const settings = settingsFor(set)
  const engine = await compileRules(set.definitions, settings, testDeps)
  return {
    ...(await compareRules(set)),
    kind: 'rules',
    engine,
    settings,
    config: undefined,
    evaluate: createEvaluate({ engine, refused: () => 0 }),
    replayRules: () => replayRules(engine, settings, shownAsLogged),
    deps: testDeps,
    close: () => Promise.resolve(),
  }
}
