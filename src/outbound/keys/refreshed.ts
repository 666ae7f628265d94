/**
 * A value that is fetched when it is first needed, by one fetch for all who wait, refreshed in the
 * background once it is older than `ttl`, and used stale, for a bounded time, while its source is away.
 */
import { LightSignal } from '../../lib/signal.ts'
import { type After, pause } from '../timing.ts'
import type { KeySetNews } from './contract.ts'
import { freshnessOf, pauseAfter, usableUntil } from './freshness.ts'
import type { Load, Loaded } from './source.ts'

export interface RefreshedOptions<T extends object> {
  readonly load: Load
  /** undefined: the text is not what it should be. `live` tells whether the value made of it is still current. */
  readonly parse: (text: string, live: () => boolean) => Promise<T | undefined>
  readonly ttl: number
  /** A fetch that takes longer counts as a source that is away. */
  readonly patience: number
  /** The longest pause after failures. */
  readonly cooldown: number
  readonly now: () => number
  readonly after: After
  readonly tell: (news: KeySetNews) => void
}

export interface Refreshed<T> {
  /** The value if it may be used now. Asking starts a refresh that is due. */
  current(): T | undefined
  /** Joins or starts a fetch; never rejects. undefined: the source is left alone for now. */
  fetch(): Promise<void> | undefined
  /** The source did not answer when it was last asked. */
  failing(): boolean
  /** Milliseconds since the source last gave the value that is held. */
  age(): number | undefined
  close(): void
}

/** Pauses between the attempts of one fetch whose source may be back soon. */
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
    failures > 0 || (flight !== undefined && now() - flight.startedAt > options.patience)

  /** A clock that was set back must not make a value last longer. */
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
      tellFailure(problem.reason)
      if (!problem.again || !(await mayTryAgain(wait))) return
    }
  }

  function tellFailure(problem: string): void {
    failingSince ??= now()
    const fetched = current() && held?.at
    const used = fetched === undefined ? undefined : { fetched, until: usableUntil(fetched, ttl) }
    options.tell({ kind: 'failed', problem, since: failingSince, used })
  }

  function tellRecovery(): void {
    if (failingSince !== undefined) options.tell({ kind: 'recovered', since: failingSince })
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
    tellRecovery()
    return undefined
  }

  /** The same text keeps the same value, and with it whatever was made of it. */
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

/** A defect in loading or reading must not end the process: nobody waits for a background refresh. */
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
