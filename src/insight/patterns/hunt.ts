/**
 * Looks for a request of some boxes about which a check says yes. What the check knows of a request (which rules
 * match it, say) is taken out of the boxes, and the next request is looked for.
 */
import type { AccessRequest } from '../../model/request.ts'
import { type Box, solveBox, type Tools, without, withoutUrl } from './box.ts'
import { isSpent } from './budget.ts'
import { type Language, languageOf } from './language.ts'
import { probesOf } from './probes.ts'
import type { Region } from './region.ts'
import { requestOf } from './request.ts'
import type { ComparedRules } from './rules.ts'

export type CheckOutcome =
  | { readonly kind: 'yes' }
  /** No, and neither are the others of this region. */
  | { readonly kind: 'no'; readonly because: Region }
  /** No, though the box says so: the automata are wider than the rules. */
  | { readonly kind: 'stray' }

export type CheckRequest = (request: AccessRequest) => CheckOutcome

export type Hunted =
  | { readonly kind: 'found'; readonly request: AccessRequest }
  | { readonly kind: 'none' }
  | { readonly kind: 'undecided'; readonly reason: string }

export interface Hunt {
  readonly boxes: readonly Box[]
  readonly check: CheckRequest
  /** A URL of the only box, to be tried first. */
  readonly guess?: string | undefined
}

export interface HuntTools extends Tools {
  readonly paths: ComparedRules['paths']
}

/** Most boxes that are looked at besides those of the question. */
const mostBoxes = 400
/** Most requests of one box that turn out to be outside of it. */
const mostStrays = 6

interface Search {
  readonly hunt: Hunt
  readonly tools: HuntTools
  readonly queue: Waiting[]
  /** Why nothing is proven when nothing is found. */
  reason: string | undefined
  /** What was looked at and is not exact. */
  readonly inexact: Set<Language>
}

interface Waiting {
  readonly box: Box
  readonly strays: number
  readonly guess?: string | undefined
}

export function hunt(wanted: Hunt, tools: HuntTools): Hunted {
  const found = searchBoxes(wanted, tools)
  if (found.outcome.kind !== 'undecided' || found.inexact.size === 0) return found.outcome
  return guessNear(wanted, found.inexact, tools) ?? found.outcome
}

interface Searched {
  readonly outcome: Hunted
  readonly inexact: ReadonlySet<Language>
}

function searchBoxes(wanted: Hunt, tools: HuntTools): Searched {
  const { boxes, guess } = wanted
  const search: Search = {
    hunt: wanted,
    tools,
    queue: boxes.map(box => ({ box, strays: 0, guess })),
    reason: undefined,
    inexact: new Set(),
  }
  const most = mostBoxes + boxes.length
  for (let looked = 0; ; looked++) {
    const next = search.queue.shift()
    if (next === undefined) break
    if (looked >= most || isSpent(tools.budget)) {
      search.reason = 'too many rules take part, or it takes too long'
      break
    }
    const request = lookInto(search, next)
    if (request !== undefined) return { outcome: { kind: 'found', request }, inexact: new Set() }
  }
  const { reason, inexact } = search
  return {
    outcome: reason === undefined ? { kind: 'none' } : { kind: 'undecided', reason },
    inexact,
  }
}

/** The request that was looked for; undefined: the box has none, or what remains of it was queued. */
function lookInto(search: Search, waiting: Waiting): AccessRequest | undefined {
  const { box, guess } = waiting
  const { tools, hunt: wanted } = search
  const solved = solveBox(box, tools, guess === undefined ? [] : [guess])
  if (solved.kind === 'spent') search.reason ??= solved.reason
  if (solved.kind === 'none' && solved.widened !== undefined) {
    search.reason ??= inexactBecause(solved.widened)
    noteInexact(search, box)
  }
  if (solved.kind !== 'solved') return undefined
  const request = requestOf(solved.value, tools.paths)
  const outcome: CheckOutcome = request === undefined ? { kind: 'stray' } : wanted.check(request)
  if (outcome.kind === 'yes') return request
  if (outcome.kind === 'stray') stray(search, waiting, solved.value.url)
  else {
    const rest = without(box, outcome.because)
    search.queue.push(...rest.map(one => ({ box: one, strays: waiting.strays })))
  }
  return undefined
}

const inexactBecause = (construct: string): string =>
  `a pattern has ${construct}, which is not compared`

function noteInexact({ inexact }: Search, { inside, outside }: Box): void {
  for (const language of [...inside, ...outside]) {
    if (language.built().widened !== undefined) inexact.add(language)
  }
}

function stray(search: Search, { box, strays, guess }: Waiting, url: string): void {
  if (guess !== undefined) {
    search.queue.push({ box, strays })
    return
  }
  const widened = box.inside.find(language => language.built().widened !== undefined)
  search.reason ??=
    widened === undefined
      ? `the rules could not confirm ${url}`
      : inexactBecause(widened.built().widened ?? '')
  noteInexact(search, box)
  if (strays < mostStrays) search.queue.push({ box: withoutUrl(box, url), strays: strays + 1 })
}

/** Requests near the lookarounds of inexact patterns. */
function guessNear(
  { boxes, check }: Hunt,
  inexact: ReadonlySet<Language>,
  tools: HuntTools,
): Hunted | undefined {
  for (const language of inexact) {
    for (const [i, node] of probesOf(language.node).entries()) {
      const probe = languageOf(language.source, node, `probe ${i} ${language.key}`)
      const near = boxes.map(box => ({ ...box, inside: [...box.inside, probe] }))
      const { outcome } = searchBoxes({ boxes: near, check }, tools)
      if (outcome.kind === 'found') return outcome
    }
  }
  return undefined
}
