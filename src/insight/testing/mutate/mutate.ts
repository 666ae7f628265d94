/** Changes the rules one by one in memory, and finds the changes that no test notices. */
import type { AccessRequest } from '../../../model/request.ts'
import type { Linted, LintedRule } from '../../lint/linted.ts'
import { createPlaces, type Places } from '../../lint/places.ts'
import { createRequestSearch } from '../candidates/requests.ts'
import type { Case } from '../case.ts'
import type { Runner } from '../runner.ts'
import { mutantsOf } from './mutants.ts'
import type { Mutant, Survivor, Tried } from './mutation.ts'
import { type Overlay, overlayOf } from './overlay.ts'
import { resolvedSettings } from './resolved.ts'
import { createFindWitness, type FindWitness } from './witness.ts'

export interface MutateOptions {
  readonly linted: Linted
  /** The configuration files. */
  readonly files: readonly string[]
  readonly runner: Runner
  readonly ran: readonly RanCase[]
}

/** A case that passes, with what it asked of the rules. */
export interface RanCase {
  readonly case: Case
  /** The requests as the doors read them. */
  readonly requests: readonly AccessRequest[]
  /** Ids of the rules that matched. Byte strings. */
  readonly rules: ReadonlySet<string>
}

export async function mutate(options: MutateOptions): Promise<Tried> {
  const { linted, runner, files } = options
  const { config } = linted.loaded
  const strategy = config.access_rules.matching_strategy
  const definitions = runner.offline.read.rules.definitions
  const search = await createRequestSearch(definitions, config)
  const now = Date.now()
  const trying: Trying = {
    options,
    tools: {
      base: runner.offline.read.rules,
      settings: resolvedSettings(config),
      deps: runner.offline.deps,
    },
    witness: createFindWitness({ runner, search, strategy, now }),
    places: createPlaces({ loaded: linted.loaded, files }),
  }
  const counts = { tried: 0, equal: 0 }
  const survivors: Survivor[] = []
  for (const rule of linted.rules) {
    const found = await tryRule(mutantsOf(rule, strategy), rule, trying)
    counts.tried += found.tried
    counts.equal += found.equal
    survivors.push(...found.survivors)
  }
  return { kind: 'tried', ...counts, survivors }
}

interface Trying {
  readonly options: MutateOptions
  readonly tools: Parameters<typeof overlayOf>[1]
  readonly witness: FindWitness
  readonly places: Places
}

type Counted = Omit<Tried, 'kind'>

/** Of a rule that no test matches, all changes are one survivor. */
async function tryRule(
  mutants: readonly Mutant[],
  rule: LintedRule,
  trying: Trying,
): Promise<Counted> {
  const { options, places } = trying
  if (!options.ran.some(({ rules }) => rules.has(rule.definition.id))) {
    const place = await places.ofRule(rule.located, [])
    const change = `all ${mutants.length} changes: no test matches the rule`
    return {
      tried: mutants.length,
      equal: 0,
      survivors: [{ rule: rule.id, change, place, witness: null }],
    }
  }
  const found: Counted[] = []
  for (const mutant of mutants) found.push(await tryMutant(mutant, trying))
  return found.reduce(added, nothing)
}

const nothing: Counted = { tried: 0, equal: 0, survivors: [] }

const added = (one: Counted, other: Counted): Counted => ({
  tried: one.tried + other.tried,
  equal: one.equal + other.equal,
  survivors: [...one.survivors, ...other.survivors],
})

/** A change that makes the rule invalid is not counted. */
async function tryMutant(mutant: Mutant, trying: Trying): Promise<Counted> {
  const overlay = await overlayOf(mutant, trying.tools)
  if (overlay === undefined) return nothing
  if (await isNoticed(mutant, overlay, trying.options)) return { ...nothing, tried: 1 }
  const witness = await trying.witness(mutant, overlay)
  if (witness === 'equal') return { ...nothing, equal: 1 }
  const { rule, change, path } = mutant
  const place = await trying.places.ofRule(rule.located, path)
  const survivor: Survivor = { rule: rule.id, change, place, witness: witness ?? null }
  return { tried: 1, equal: 0, survivors: [survivor] }
}

async function isNoticed(
  mutant: Mutant,
  overlay: Overlay,
  { runner, ran }: MutateOptions,
): Promise<boolean> {
  for (const { case: one } of affected(mutant, overlay, ran)) {
    const { passed } = await runner.run(one, { rules: overlay, untilFirst: true })
    if (!passed) return true
  }
  return false
}

/** Those that the rule matched; of a wider match also those that it matches now, which come first. */
function affected(
  { rule, kind }: Mutant,
  { matches }: Overlay,
  ran: readonly RanCase[],
): readonly RanCase[] {
  const own = ran.filter(({ rules }) => rules.has(rule.definition.id))
  if (kind === 'handlers') return own
  const known = new Set(own)
  const more = ran.filter(one => !known.has(one) && one.requests.some(matches))
  return [...more, ...own]
}
