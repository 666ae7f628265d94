/** Records one decision for a capsule. */
import { isUtf8, textOf } from '../lib/bytes.ts'
import type { AccessRequest } from '../model/request.ts'
import type { CredentialSource } from '../model/session.ts'
import type { TraceStep } from '../model/trace.ts'
import { carriedBy, carry } from '../observability/carried.ts'
import type { Maskable } from '../observability/decision-log.ts'
import type { Redaction } from '../observability/redaction.ts'
import { capsuleRequest } from './capsule-request.ts'
import { type Capsule, type Captured, capsuleVersion } from './format.ts'
import { createHiding } from './hiding.ts'
import { watchRequest } from './reads.ts'
import { recordedSteps } from './recorded-steps.ts'

/** What a capsule says about the rules, computed when they are loaded. */
export interface CapsuleRules {
  readonly digest: string
  readonly strategy: string
  readonly credentials: readonly CredentialSource[]
  /** Parameters of the query that conditions compare. Byte strings. */
  readonly parameters: ReadonlySet<string>
}

export interface RecorderOptions {
  /** undefined: they were loaded without this. */
  readonly rules: () => CapsuleRules | undefined
  /** Never one that shows secrets. */
  readonly redaction: Redaction
  readonly mask: readonly Maskable[]
  readonly maskText: string
  readonly now: () => number
}

export interface CapsuleRecording {
  /** The request to decide: what is read of it is noted. */
  readonly request: AccessRequest
  readonly finish: (steps: readonly TraceStep[]) => Capsule
}

export type CapsuleRecorder = (request: AccessRequest) => CapsuleRecording

/** In characters. */
const longest = 65_536

export const createRecorder =
  (options: RecorderOptions): CapsuleRecorder =>
  request => {
    const reads = new Set<string>()
    const watched = watchRequest(request, what => void reads.add(what))
    const carried = carriedBy(request.headers)
    if (carried !== undefined) carry(watched.headers, carried)
    const recorded = { request, reads, rules: options.rules(), now: options.now() }
    return { request: watched, finish: steps => capsuleOf({ ...recorded, steps }, options) }
  }

interface Recorded {
  readonly request: AccessRequest
  readonly reads: ReadonlySet<string>
  readonly rules: CapsuleRules | undefined
  readonly now: number
  readonly steps: readonly TraceStep[]
}

function capsuleOf(recorded: Recorded, options: RecorderOptions): Capsule {
  const { rules } = recorded
  if (rules === undefined) return omitted('the rules were loaded without log.decisions.capsule')
  const hidden = options.mask.find(field => field === 'host' || field === 'path')
  if (hidden !== undefined) return omitted(`log.decisions.mask hides the ${hidden}`)
  const { host, path } = recorded.request
  if (!isShown(host, options) || !isShown(path, options)) {
    return omitted('the log does not have the URL as it was matched')
  }
  try {
    const capsule = wholeCapsule({ ...recorded, rules }, options)
    return JSON.stringify(capsule).length <= longest
      ? capsule
      : omitted(`it is longer than ${longest} characters`)
  } catch {
    return omitted('it cannot be written')
  }
}

const isShown = (value: string, { redaction }: RecorderOptions): boolean =>
  isUtf8(value) && redaction.text(textOf(value)) === textOf(value)

const omitted = (reason: string): Capsule => ({ v: capsuleVersion, omitted: reason })

function wholeCapsule(
  recorded: Recorded & { readonly rules: CapsuleRules },
  { redaction, mask, maskText }: RecorderOptions,
): Capsule {
  const { request, reads, rules, now, steps } = recorded
  const masked = new Set<string>(mask)
  const hiding = createHiding(request, {
    redaction,
    credentials: rules.credentials,
    masked: [
      ...(masked.has('client') ? Object.values(request.client).filter(isText) : []),
      ...(masked.has('subject') ? subjectsIn(steps) : []),
    ],
  })
  const reason = (text: string): string =>
    masked.has('reason') ? maskText : (hiding.text(text) ?? maskText)
  const captures = capturesOf(steps)
  return {
    v: capsuleVersion,
    rules: rules.digest,
    strategy: rules.strategy,
    now,
    request: capsuleRequest(request, { hiding, reads, parameters: rules.parameters }),
    ...(captures === undefined ? {} : { captures }),
    steps: recordedSteps(steps, { show: hiding, reason }),
  }
}

const isText = (value: unknown): value is string => typeof value === 'string'

/** Of each step: a later one may replace the subject. */
const subjectsIn = (steps: readonly TraceStep[]): readonly string[] =>
  steps.flatMap(step =>
    step.kind === 'handler' && step.settled?.kind === 'session' ? [step.settled.subject] : [],
  )

/** Of the first session: all have the same match. */
function capturesOf(steps: readonly TraceStep[]): Captured | undefined {
  for (const step of steps) {
    if (step.kind !== 'handler' || step.settled?.kind !== 'session') continue
    const { regexpCaptureGroups: groups, namedCaptures } = step.settled.matchContext
    if (groups.length === 0) return undefined
    const named = [...namedCaptures].map(([name, value]) => [name, textOf(value)] as const)
    return { groups: groups.map(textOf), named: Object.fromEntries(named) }
  }
  return undefined
}
