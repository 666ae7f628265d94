/**
 * Calls back when the target of a path may have changed: the file is written, replaced or deleted, a folder or
 * symbolic link on the way is replaced (as Kubernetes does for its volumes), or something missing appears. A folder
 * is watched with everything in it.
 *
 * The kernel reports changes; where it has no more watches, the path is polled every few seconds.
 */
import { type FSWatcher, watch as watchNatively } from 'node:fs'
import { createDebounce } from './debounce.ts'
import { chainOf, fingerprintOf } from './path-chain.ts'

export interface WatchOptions {
  /** Milliseconds without a further change after which it calls back; also the longest wait after the first change. */
  readonly quiet?: number
  readonly longest?: number
  /** Milliseconds between two polls, where the kernel cannot watch. */
  readonly poll?: number
  /** Node's `watch`, unless a test passes another. */
  readonly watch?: typeof watchNatively
}

type End = () => void

/** The returned function ends the watch. Does not keep the process alive. */
export function watchPath(path: string, onChange: () => void, options: WatchOptions = {}): End {
  const { quiet = 50, longest = 1000, poll = 2000, watch = watchNatively } = options
  let end: End = () => undefined
  const arm = (): void => {
    end()
    const hits = { onHit: debounce.call, onUnable: lookOften }
    end = watchChain(path, watch, hits) ?? lookEvery(poll, path, debounce.call)
  }
  const lookOften = (): void => {
    end()
    end = lookEvery(poll, path, debounce.call)
  }
  const debounce = createDebounce(
    () => {
      // Watching begins before the new state is read, so that no change is missed.
      arm()
      onChange()
    },
    { quiet, longest },
  )
  arm()
  return () => {
    debounce.cancel()
    end()
  }
}

interface Hits {
  readonly onHit: () => void
  readonly onUnable: () => void
}

/** undefined when the kernel has no more watches. */
function watchChain(path: string, watch: typeof watchNatively, hits: Hits): End | undefined {
  const { folders, files } = chainOf(path)
  const watchers: FSWatcher[] = []
  const end: End = () => {
    for (const watcher of watchers) watcher.close()
  }
  const add = (at: string, counts: (name: string | null) => boolean): boolean => {
    try {
      const watcher = watch(at, { persistent: false }, (_, name) => {
        if (counts(name)) hits.onHit()
      })
      watchers.push(watcher.on('error', hits.onUnable))
      return true
    } catch (error) {
      return !isExhausted(error)
    }
  }
  const watched =
    [...folders].every(([folder, names]) =>
      add(folder, name => name === null || names === undefined || names.has(name)),
    ) && [...files].every(file => add(file, () => true))
  if (watched) return end
  end()
  return undefined
}

/** Errors for a missing or unreadable folder are ignored: the watch of a folder above it reports changes. */
const isExhausted = (error: unknown): boolean =>
  ['EMFILE', 'ENFILE', 'ENOSPC', 'ENOSYS'].includes((error as NodeJS.ErrnoException).code ?? '')

function lookEvery(milliseconds: number, path: string, onHit: () => void): End {
  let seen = fingerprintOf(path)
  const timer = setInterval(() => {
    const now = fingerprintOf(path)
    if (now !== seen) onHit()
    seen = now
  }, milliseconds).unref()
  return () => clearInterval(timer)
}
