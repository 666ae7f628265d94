/**
 * Keeps the store equal to the cluster: lists, then watches. After a broken connection it continues from the last
 * version; it lists again when the server no longer has that version. It waits longer after each failure and stops
 * only when it is closed.
 */
import { LightSignal } from '../../../../lib/signal.ts'
import { afterUnrefTimer, pause } from '../../../../outbound/timing.ts'
import { type Failed, failed } from './api.ts'
import type { Asking } from './collection.ts'
import { listAll } from './list.ts'
import { createStore, type Store } from './store.ts'
import { type WatchEnd, type Watcher, watchFrom } from './watch.ts'

export interface Follower {
  readonly store: Store
  /** True once a complete list was received. */
  readonly synced: () => boolean
  /** True when the server does not have the kind, and never had it since we asked. */
  readonly absent: () => boolean
  /** Why the store may be older than the cluster. */
  readonly problem: () => Failed | undefined
  /** Resolves when the list is complete or there is a problem; with `retry`, only for a problem that a retry cannot fix. */
  readonly settled: (retry: boolean) => Promise<void>
  readonly close: () => void
}

interface Following {
  readonly asking: Asking
  readonly store: Store
  /** The version to watch from; undefined: list first. */
  version: string | undefined
  /** Consecutive failures. */
  failures: number
  synced: boolean
  problem: Failed | undefined
  readonly notify: () => void
}

/** Calls `onChange` when rules changed, or when a problem began or ended. */
export function createFollower(
  { api, place, kind }: Omit<Asking, 'signal'>,
  onChange: () => void,
): Follower {
  const closed = new LightSignal()
  const store = createStore()
  const waiting = new Set<() => void>()
  const notify = (): void => {
    onChange()
    for (const check of waiting) check()
  }
  const asking = { api, place, kind, signal: closed }
  const following: Following = {
    asking,
    store,
    version: undefined,
    failures: 0,
    synced: false,
    problem: undefined,
    notify,
  }
  const isSettled = (retry: boolean): boolean => {
    const { synced, problem } = following
    return synced || closed.aborted || (problem !== undefined && !(retry && problem.passing))
  }
  void follow(following)
  return {
    store,
    synced: () => following.synced,
    // Rules that were there may not go without a word: others would match in their place.
    absent: () => !following.synced && following.problem?.status === 404,
    problem: () => following.problem,
    settled: retry =>
      new Promise(resolve => {
        const check = (): void => {
          if (!isSettled(retry)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    close: () => {
      closed.abort()
      for (const check of waiting) check()
    },
  }
}

async function follow(following: Following): Promise<void> {
  const { signal } = following.asking
  while (!signal.aborted) {
    await (following.version === undefined ? list(following) : watch(following, following.version))
    if (following.failures > 0) await pause(waitAfter(following.failures), afterUnrefTimer, signal)
  }
}

const shortestWait = 200
const longestWait = 30_000

/** Half of the wait is random, because many replicas lose the same server at once. */
function waitAfter(failures: number): number {
  const most = Math.min(longestWait, shortestWait * 2 ** (failures - 1))
  return most * (0.5 + Math.random() / 2)
}

async function list(following: Following): Promise<void> {
  const listed = await listAll(following.asking)
  if (following.asking.signal.aborted) return
  if (listed.kind === 'failed') return fail(following, listed)
  following.store.replace(listed.resources)
  following.version = listed.version
  following.synced = true
  following.problem = undefined
  following.notify()
}

async function watch(following: Following, version: string): Promise<void> {
  const began = performance.now()
  const end = await watchFrom(version, following.asking, watcherOf(following))
  if (following.asking.signal.aborted) return
  if (performance.now() - began > lived) following.failures = 0
  finish(following, end)
}

/** Milliseconds after which a watch that ends does not count as a failure. */
const lived = 5000
/** The number of consecutive short watches that are not yet a problem. */
const fewShort = 3

function finish(following: Following, end: WatchEnd): void {
  switch (end.kind) {
    case 'ended':
      if (following.failures < fewShort) following.failures += 1
      else fail(following, failed('each watch ends as soon as it begins'))
      return
    case 'gone':
      following.version = undefined
      following.failures += 1
      return
    case 'invalid':
      following.version = undefined
      fail(following, failed(end.message))
      return
    case 'failed':
      // The server answered but refused the request: the version may belong to another server or be too old.
      if (end.status !== undefined) following.version = undefined
      fail(following, end)
      return
  }
}

function fail(following: Following, problem: Failed): void {
  following.failures += 1
  const isNew = following.problem?.message !== problem.message
  following.problem = problem
  if (isNew) following.notify()
}

function watcherOf(following: Following): Watcher {
  const { store, notify } = following
  const trackRevision = (change: () => void): void => {
    const before = store.revision()
    change()
    following.failures = 0
    if (store.revision() !== before) notify()
  }
  return {
    opened: () => {
      if (following.problem === undefined) return
      following.problem = undefined
      notify()
    },
    changed: resource => trackRevision(() => store.put(resource)),
    removed: ({ key }) => trackRevision(() => store.remove(key)),
    reached: version => {
      following.version = version
      return store.excess()
    },
  }
}
