/** A set of rules in which one rule is another one. Only that rule is compiled. */
import type { Deps } from '../../../handlers/kind.ts'
import type { AccessRequest } from '../../../model/request.ts'
import { compileRules } from '../../../rules/compiling/compile.ts'
import type { PipelineSettings } from '../../../rules/compiling/settings.ts'
import { type RuleSet, severalRules } from '../../../rules/rule-set.ts'
import type { Mutant } from './mutation.ts'

export interface OverlayTools {
  readonly base: RuleSet
  readonly settings: PipelineSettings
  readonly deps: Deps
}

export interface Overlay extends RuleSet {
  /** Whether the changed rule matches. */
  readonly matches: (request: AccessRequest) => boolean
}

/** undefined: the changed rule is not valid. */
export async function overlayOf(
  { rule, definition, kind }: Mutant,
  tools: OverlayTools,
): Promise<Overlay | undefined> {
  const { base, settings, deps } = tools
  const alone = await compileRules([definition], settings, deps)
  if (alone.problems.length > 0) return undefined
  const matches = (request: AccessRequest): boolean => alone.find(request).kind === 'rule'
  const find: RuleSet['find'] = (request, trace) => {
    const found = base.find(request, trace)
    if (found.kind === 'rule' && found.definition === rule.definition) return alone.find(request)
    return kind === 'handlers' ? found : besides(found, alone.find(request))
  }
  return { ...base, find, matches }
}

/** The changed rule may match more than before: alone, or besides what was found. */
function besides(found: Found, changed: Found): Found {
  if (changed.kind !== 'rule') return found
  if (found.kind !== 'rule') return found.code === 'not_found' ? changed : found
  if (found.isDefault === changed.isDefault) return severalRules([found, changed])
  return found.isDefault ? changed : found
}

type Found = ReturnType<RuleSet['find']>
