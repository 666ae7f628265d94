/** `kubernetes://namespace`: watches rules that are resources of a cluster, `rules.oathkeeper.ory.sh`. */
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
import { createFollower, type Follower } from './follow.ts'
import { type KubernetesPlace, parseKubernetesPlace } from './place.ts'
import type { Resource } from './resource.ts'
import { createStatusWriter, type StatusWriter } from './status.ts'

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

function watchPlace(place: KubernetesPlace, onChange: () => void): Watched {
  const api = createApi(place)
  const closed = new LightSignal()
  const follower = createFollower({ api, place }, onChange)
  /** The resources that the rules in force were read from. */
  let given: readonly Resource[] = []
  let statusProblem: string | undefined
  const writer: StatusWriter | undefined = place.status
    ? createStatusWriter({
        asking: { api, place, signal: closed },
        store: follower.store,
        onForbidden: message => {
          statusProblem = message
          onChange()
        },
      })
    : undefined
  return {
    read: async ({ version, retry, signal }) => {
      await waitFor(follower.settled(retry), timeout, signal)
      const why = problemOf(follower)
      if (why !== undefined) return unavailable(bytesOf(why))
      const now = `${follower.store.revision()} ${statusProblem ?? ''}`
      if (now === version) return { kind: 'unchanged' }
      given = follower.store.all()
      return {
        kind: 'documents',
        documents: given.map(({ document }) => document),
        version: now,
        warnings:
          statusProblem === undefined
            ? []
            : [bytesOf(`the status is not written: ${statusProblem}`)],
      }
    },
    reportProblems: problems => writer?.report(given, textsOf(problems)),
    close: () => {
      closed.abort()
      follower.close()
    },
  }
}

function problemOf({ synced, problem, store }: Follower): string | undefined {
  const excess = store.excess()
  if (excess !== undefined) return excess
  return problem()?.message ?? (synced() ? undefined : 'no answer in time')
}

const textsOf = (problems: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...problems].map(([rule, message]) => [textOf(rule), textOf(message)]))
