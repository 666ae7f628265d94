/** `kubernetes://namespace`: watches rules that are resources of a cluster, maester's kind and ours. */
import { bytesOf, textOf } from '../../../../lib/bytes.ts'
import { LightSignal } from '../../../../lib/signal.ts'
import { waitFor } from '../../../../outbound/timing.ts'
import {
  type Reading,
  type Source,
  type SourceRead,
  unavailable,
  withoutSecrets,
} from '../contract.ts'
import { impossibleSource } from '../inline.ts'
import { timeout } from '../source-retry.ts'
import { createApi } from './api.ts'
import type { Asking } from './collection.ts'
import { createFollower, type Follower } from './follow.ts'
import type { ResourceKind } from './kind.ts'
import { maesterRule } from './maester-rule.ts'
import { oarlockRule } from './oarlock-rule.ts'
import { type KubernetesPlace, parseKubernetesPlace } from './place.ts'
import type { Resource } from './resource.ts'
import { createStatusWriter } from './status.ts'
import { excessOf, type StoreSize } from './store.ts'

/** A location that cannot be parsed becomes a source whose every reading fails. */
export function kubernetesSource(location: string): Source {
  const place = parseKubernetesPlace(location)
  if (place.kind === 'place_problem') return impossibleSource(location, bytesOf(place.message))
  let watched: Watched | undefined
  return {
    location,
    shown: withoutSecrets(location),
    reach: 'remote',
    read: async reading => {
      const { read, close } = watched ?? watchPlace(place, () => undefined)
      const outcome = await read(reading)
      if (watched === undefined) close()
      return outcome
    },
    watch: onChange => {
      const opened = watchPlace(place, onChange)
      watched = opened
      return () => {
        opened.close()
        watched = undefined
      }
    },
    reportProblems: problems => watched?.reportProblems(problems),
  }
}

interface Watched {
  readonly read: (reading: Reading) => Promise<SourceRead>
  readonly reportProblems: (problems: ReadonlyMap<string, string>) => void
  readonly close: () => void
}

/** The kinds that are read; a cluster may have one of them, or both. */
const kinds: readonly ResourceKind[] = [maesterRule, oarlockRule]

function watchPlace(place: KubernetesPlace, onChange: () => void): Watched {
  const api = createApi(place)
  const closed = new LightSignal()
  const watched = kinds.map(kind => watchKind({ api, place, kind, signal: closed }, onChange))
  const followers = watched.map(({ follower }) => follower)
  return {
    read: async ({ version, retry, signal }) => {
      await waitFor(Promise.all(followers.map(({ settled }) => settled(retry))), timeout, signal)
      const why = problemOf(followers)
      if (why !== undefined) return unavailable(bytesOf(why))
      const warnings = watched.flatMap(({ warnings }) => warnings())
      const revisions = followers.map(({ store }) => store.revision())
      const now = [...revisions, ...warnings].join(' ')
      if (now === version) return { kind: 'unchanged' }
      return {
        kind: 'documents',
        documents: watched.flatMap(({ take }) => take()).map(({ document }) => document),
        version: now,
        warnings,
      }
    },
    reportProblems: problems => {
      const texts = textsOf(problems)
      for (const { report } of watched) report(texts)
    },
    close: () => {
      closed.abort()
      for (const { close } of followers) close()
    },
  }
}

interface WatchedKind {
  readonly follower: Follower
  /** The resources from which the rules are made that come into force now. */
  readonly take: () => readonly Resource[]
  readonly report: (problems: ReadonlyMap<string, string>) => void
  readonly warnings: () => readonly string[]
}

function watchKind(asking: Asking, onChange: () => void): WatchedKind {
  const follower = createFollower(asking, onChange)
  const { store } = follower
  let taken: readonly Resource[] = []
  let warnings: readonly string[] = []
  const onForbidden = (message: string): void => {
    warnings = [bytesOf(`the status is not written: ${message}`)]
    onChange()
  }
  const writer = asking.place.status
    ? createStatusWriter({ asking, store, onForbidden })
    : undefined
  return {
    follower,
    take: () => {
      taken = store.all()
      return taken
    },
    report: problems => writer?.report(taken, problems),
    warnings: () => warnings,
  }
}

/** The bounds hold for the rules of all kinds together. A kind that the cluster does not have is not a problem beside another. */
function problemOf(followers: readonly Follower[]): string | undefined {
  const sizes = followers.map(({ store }) => store.size())
  const sum = (of: keyof StoreSize): number => sizes.reduce((total, size) => total + size[of], 0)
  const excess = excessOf(sum('resources'), sum('bytes'))
  if (excess !== undefined) return excess
  const present = followers.filter(({ absent }) => !absent())
  const [problem] = (present.length > 0 ? present : followers).flatMap(one => one.problem() ?? [])
  if (problem !== undefined) return problem.message
  return present.every(({ synced }) => synced()) ? undefined : 'no answer in time'
}

const textsOf = (problems: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...problems].map(([rule, message]) => [textOf(rule), textOf(message)]))
