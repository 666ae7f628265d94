/**
 * A value that is fetched when it is first needed, with one fetch for all callers. It is refreshed in the background
 * when it is older than `ttl`. While its source is unavailable, the old value is used for a limited time.
 */
import { LightSignal } from '../../lib/signal.ts'
import { type After, pause } from '../timing.ts'
import type { KeySetEvent } from './contract.ts'
import { freshnessOf, pauseAfter, usableUntil } from './freshness.ts'
import type { Load, Loaded } from './source.ts'

export interface RefreshedOptions<T extends object> {
  readonly load: Load
  /** undefined: the text is not valid. `live` returns true while the parsed value is current. */
  readonly parse: (text: string, live: () => boolean) => Promise<T | undefined>
  readonly ttl: number
  /** After this time (milliseconds) of a fetch the source counts as unavailable. */
  readonly fetchTimeout: number
  /** Longest pause after failures, in milliseconds. */
  readonly cooldown: number
  readonly now: () => number
  readonly after: After
  readonly onEvent: (event: KeySetEvent) => void
}

export interface Refreshed<T> {
  /** The value, if it may be used now. Starts a refresh when one is due. */
  current(): T | undefined
  /** Joins or starts a fetch; never rejects. undefined: not now, because the last fetch failed. */
  fetch(): Promise<void> | undefined
  /** True when the last fetch failed, or the running one takes too long. */
  failing(): boolean
  /** Milliseconds since the current value was last fetched. */
  age(): number | undefined
  close(): void
}

/** Pauses (milliseconds) between the attempts of one fetch, for failures that a retry may solve. */
const attempts = [1000, 2000, 4000, 8000, undefined]

type Problem = Extract<Loaded, { kind: 'unavailable' }>

export function createRefreshed<T extends object>(options: RefreshedOptions<T>): Refreshed<T> {
  const { ttl, cooldown, now } = options
  const closing = new LightSignal()
  let held: { readonly value: T; readonly text: string; at: number } | undefined
  let flight: { readonly startedAt: number; readonly done: Promise<void> } | undefined
  let failures = 0
  let failingSince: number | undefined
  let notBefore = Number.NEGATIVE_INFINITY

  const failing = () =>
    failures > 0 || (flight !== undefined && now() - flight.startedAt > options.fetchTimeout)

  /** Absolute, so that a clock that was set back does not make a value last longer. */
  const ageNow = (at: number) => Math.abs(now() - at)

  function current(): T | undefined {
    if (held === undefined) return undefined
    const age = ageNow(held.at)
    if (age <= ttl) return held.value
    void fetch()
    const freshness = freshnessOf(age, { ttl, failing: failing() })
    if (freshness === 'due') return held.value
    if (freshness === 'over') held = undefined
    return undefined
  }

  function fetch(): Promise<void> | undefined {
    if (flight) return flight.done
    if (closing.aborted || now() < notBefore) return undefined
    const done = fetchWithRetry().finally(() => {
      flight = undefined
    })
    flight = { startedAt: now(), done }
    return done
  }

  async function fetchWithRetry(): Promise<void> {
    for (const wait of attempts) {
      const problem = await attempt().catch(toProblem)
      if (problem === undefined || closing.aborted) return
      failures++
      notBefore = now() + pauseAfter(failures, cooldown)
      reportFailure(problem.reason)
      if (!problem.again || !(await mayTryAgain(wait))) return
    }
  }

  function reportFailure(problem: string): void {
    failingSince ??= now()
    const fetched = current() && held?.at
    const used = fetched === undefined ? undefined : { fetched, until: usableUntil(fetched, ttl) }
    options.onEvent({ kind: 'failed', problem, since: failingSince, used })
  }

  function reportRecovery(): void {
    if (failingSince !== undefined) options.onEvent({ kind: 'recovered', since: failingSince })
    failingSince = undefined
  }

  async function mayTryAgain(wait: number | undefined): Promise<boolean> {
    if (wait === undefined) return false
    await pause(wait, options.after, closing)
    return !closing.aborted
  }

  async function attempt(): Promise<Problem | undefined> {
    const at = now()
    const loaded = await options.load(closing)
    if (loaded.kind === 'unavailable') return loaded
    if (!(await accept(loaded.text, at))) return notUnderstood
    failures = 0
    notBefore = Number.NEGATIVE_INFINITY
    reportRecovery()
    return undefined
  }

  /** An unchanged text keeps the same value, so that verified tokens stay cached. */
  async function accept(text: string, at: number): Promise<boolean> {
    if (held?.text === text) {
      held.at = at
      return true
    }
    const made: { value?: T | undefined } = {}
    made.value = await options.parse(
      text,
      () => made.value !== undefined && current() === made.value,
    )
    if (made.value === undefined) return false
    held = { value: made.value, text, at }
    return true
  }

  return {
    current,
    fetch,
    failing,
    age: () => held && ageNow(held.at),
    close: () => closing.abort(),
  }
}

/** An exception must not end the process: no caller handles it in a background refresh. */
const toProblem = (bug: unknown): Problem => ({
  kind: 'unavailable',
  reason: bug instanceof Error ? bug.message : String(bug),
  again: false,
})

const notUnderstood: Problem = {
  kind: 'unavailable',
  reason: 'found something that is not a JSON Web Key Set',
  again: false,
}
