/**
 * Keeps the store as the cluster is: lists, then watches; goes on where a connection broke, lists again
 * when the server forgot that place. Waits longer after each failure, and never ends before it is closed.
 */
import { LightSignal } from '../../../../lib/signal.ts'
import { afterUnrefTimer, pause } from '../../../../outbound/timing.ts'
import { type Api, type Failed, failed } from './api.ts'
import type { Asking } from './collection.ts'
import { listAll } from './list.ts'
import type { KubernetesPlace } from './place.ts'
import { createStore, type Store } from './store.ts'
import { type WatchEnd, type Watcher, watchFrom } from './watch.ts'

export interface Follower {
  readonly store: Store
  /** Everything was known at some time. */
  readonly synced: () => boolean
  /** Why the store may be older than the cluster. */
  readonly problem: () => Failed | undefined
  /** Until everything is known, or it is clear that this will not be soon; with patience: tries again. */
  readonly settled: (patient: boolean) => Promise<void>
  readonly close: () => void
}

interface Following {
  readonly asking: Asking
  readonly store: Store
  /** The version to watch from; undefined: list first. */
  version: string | undefined
  /** In a row. */
  failures: number
  synced: boolean
  problem: Failed | undefined
  readonly tell: () => void
}

/** `onChange` is told when rules changed, or when a problem came or went. */
export function createFollower(
  { api, place }: { readonly api: Api; readonly place: KubernetesPlace },
  onChange: () => void,
): Follower {
  const closed = new LightSignal()
  const store = createStore()
  const waiting = new Set<() => void>()
  const tell = (): void => {
    onChange()
    for (const look of waiting) look()
  }
  const asking = { api, place, signal: closed }
  const following: Following = {
    asking,
    store,
    version: undefined,
    failures: 0,
    synced: false,
    problem: undefined,
    tell,
  }
  const isSettled = (patient: boolean): boolean => {
    const { synced, problem } = following
    return synced || closed.aborted || (problem !== undefined && !(patient && problem.passing))
  }
  void follow(following)
  return {
    store,
    synced: () => following.synced,
    problem: () => following.problem,
    settled: patient =>
      new Promise(resolve => {
        const look = (): void => {
          if (!isSettled(patient)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
    close: () => {
      closed.abort()
      for (const look of waiting) look()
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

/** Half of it is chance: many replicas lose the same server together. */
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
  following.tell()
}

async function watch(following: Following, version: string): Promise<void> {
  const began = performance.now()
  const end = await watchFrom(version, following.asking, watcherOf(following))
  if (following.asking.signal.aborted) return
  if (performance.now() - began > lived) following.failures = 0
  finish(following, end)
}

/** Milliseconds: a watch that lasted was no failure. */
const lived = 5000
/** Watches in a row that did not last, and are no problem yet. */
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
    case 'strange':
      following.version = undefined
      fail(following, failed(end.message))
      return
    case 'failed':
      // It answered, and does not like what is asked for: perhaps another server, or another age.
      if (end.status !== undefined) following.version = undefined
      fail(following, end)
      return
  }
}

function fail(following: Following, problem: Failed): void {
  following.failures += 1
  const isNew = following.problem?.message !== problem.message
  following.problem = problem
  if (isNew) following.tell()
}

function watcherOf(following: Following): Watcher {
  const { store, tell } = following
  const told = (change: () => void): void => {
    const before = store.revision()
    change()
    following.failures = 0
    if (store.revision() !== before) tell()
  }
  return {
    opened: () => {
      if (following.problem === undefined) return
      following.problem = undefined
      tell()
    },
    changed: resource => told(() => store.put(resource)),
    removed: ({ key }) => told(() => store.remove(key)),
    reached: version => {
      following.version = version
      return store.excess()
    },
  }
}
