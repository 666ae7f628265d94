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
  /** A text says why the fetched text is not valid. `live` returns true while the parsed value is current. */
  readonly parse: (text: string, live: () => boolean) => Promise<T | string>
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

/** What the steps below share. */
interface State<T extends object> {
  readonly options: RefreshedOptions<T>
  readonly closing: LightSignal
  held: { readonly value: T; readonly text: string; at: number } | undefined
  running: { readonly startedAt: number; readonly done: Promise<void> } | undefined
  /** In a row. */
  failures: number
  failingSince: number | undefined
  /** No fetch starts before this time. */
  notBefore: number
}

export function createRefreshed<T extends object>(options: RefreshedOptions<T>): Refreshed<T> {
  const state: State<T> = {
    options,
    closing: new LightSignal(),
    held: undefined,
    running: undefined,
    failures: 0,
    failingSince: undefined,
    notBefore: Number.NEGATIVE_INFINITY,
  }
  return {
    current: () => currentOf(state),
    fetch: () => fetchOnce(state),
    failing: () => isFailing(state),
    age: () => state.held && ageOf(state.held.at, options),
    close: () => state.closing.abort(),
  }
}

const isFailing = <T extends object>({ failures, running, options }: State<T>): boolean =>
  failures > 0 ||
  (running !== undefined && options.now() - running.startedAt > options.fetchTimeout)

/** Absolute, so that a clock that was set back does not make a value last longer. */
const ageOf = (at: number, { now }: { readonly now: () => number }): number => Math.abs(now() - at)

function currentOf<T extends object>(state: State<T>): T | undefined {
  const { held, options } = state
  if (held === undefined) return undefined
  const age = ageOf(held.at, options)
  if (age <= options.ttl) return held.value
  void fetchOnce(state)
  const freshness = freshnessOf(age, { ttl: options.ttl, failing: isFailing(state) })
  if (freshness === 'due') return held.value
  if (freshness === 'over') state.held = undefined
  return undefined
}

function fetchOnce<T extends object>(state: State<T>): Promise<void> | undefined {
  const { running, closing, options } = state
  if (running) return running.done
  if (closing.aborted || options.now() < state.notBefore) return undefined
  const done = fetchWithRetry(state).finally(() => {
    state.running = undefined
  })
  state.running = { startedAt: options.now(), done }
  return done
}

async function fetchWithRetry<T extends object>(state: State<T>): Promise<void> {
  const { options, closing } = state
  for (const wait of attempts) {
    const problem = await attempt(state).catch(toProblem)
    if (problem === undefined || closing.aborted) return
    state.failures++
    state.notBefore = options.now() + pauseAfter(state.failures, options.cooldown)
    reportFailure(state, problem.reason)
    if (!problem.again || wait === undefined) return
    await pause(wait, options.after, closing)
    if (closing.aborted) return
  }
}

async function attempt<T extends object>(state: State<T>): Promise<Problem | undefined> {
  const at = state.options.now()
  const loaded = await state.options.load(state.closing)
  if (loaded.kind === 'unavailable') return loaded
  const reason = await refuse(state, loaded.text, at)
  if (reason !== undefined) return { kind: 'unavailable', reason, again: false }
  state.failures = 0
  state.notBefore = Number.NEGATIVE_INFINITY
  reportRecovery(state)
  return undefined
}

/**
 * Takes the text as the new value; or returns why it is not one. An unchanged text keeps the same value, so that verified
 * tokens stay cached.
 */
async function refuse<T extends object>(
  state: State<T>,
  text: string,
  at: number,
): Promise<string | undefined> {
  if (state.held?.text === text) {
    state.held.at = at
    return undefined
  }
  const made: { value?: T | undefined } = {}
  const isLive = (): boolean => made.value !== undefined && currentOf(state) === made.value
  const value = await state.options.parse(text, isLive)
  if (typeof value === 'string') return value
  made.value = value
  state.held = { value, text, at }
  return undefined
}

function reportFailure<T extends object>(state: State<T>, problem: string): void {
  const { now, ttl, onEvent } = state.options
  state.failingSince ??= now()
  const fetched = currentOf(state) && state.held?.at
  const used = fetched === undefined ? undefined : { fetched, until: usableUntil(fetched, ttl) }
  onEvent({ kind: 'failed', problem, since: state.failingSince, used })
}

function reportRecovery<T extends object>(state: State<T>): void {
  const { failingSince: since, options } = state
  if (since !== undefined) options.onEvent({ kind: 'recovered', since })
  state.failingSince = undefined
}

/** An exception must not end the process: no caller handles it in a background refresh. */
const toProblem = (bug: unknown): Problem => ({
  kind: 'unavailable',
  reason: bug instanceof Error ? bug.message : String(bug),
  again: false,
})
