/** Routes by host and path, of which the most specific one takes a request. */
import type { UncheckedRoute } from './caller.ts'
import { matcherOf } from './envoy/matchers.ts'
import { isHostOf } from './envoy/routes.ts'

export interface PathRoute {
  /** As Envoy writes domains, such as `*.example`; empty: every host. */
  readonly hosts: readonly string[]
  readonly takesPath: (path: string) => boolean
  /** The route with the greater one is asked first. */
  readonly weight: number
  /** It looks at more than host and path, so that others may get its requests. */
  readonly isNarrow: boolean
}

/** What `routes` take and none of `others` takes before. */
export function takesFirst(
  routes: readonly PathRoute[],
  others: readonly PathRoute[],
): UncheckedRoute['takes'] {
  const tests = routes.map(route => ({
    route,
    before: others.filter(
      one => !one.isNarrow && one.weight > route.weight && coversHosts(one, route),
    ),
  }))
  return (host, path) =>
    tests.some(
      ({ route, before }) =>
        (route.hosts.length === 0 || isHostOf(route.hosts, host)) &&
        route.takesPath(path) &&
        !before.some(one => one.takesPath(path)),
    )
}

const coversHosts = (one: PathRoute, other: PathRoute): boolean =>
  one.hosts.length === 0 ||
  one.hosts.includes('*') ||
  (other.hosts.length > 0 && other.hosts.every(host => one.hosts.includes(host)))

/** An exact path is asked before every beginning of one. */
export const exactWeight = 1e6

/** Of an expression, which may be asked before every beginning. */
const expressionWeight = exactWeight / 2

/** How a path is written; the first text that is not empty counts, and no text is every path. */
export interface WrittenPath {
  readonly exact?: string
  /** The whole path. */
  readonly expression?: string
  /** Whole segments. */
  readonly prefix?: string
  readonly isNarrow: boolean
}

export function toPathRoute(
  hosts: readonly string[],
  { exact = '', expression = '', prefix = '', isNarrow }: WrittenPath,
): PathRoute {
  if (exact !== '') return { hosts, takesPath: exactly(exact), weight: exactWeight, isNarrow }
  // Where an expression stands among the others is up to the gateway: it takes nothing from them.
  if (expression !== '') {
    return { hosts, takesPath: matcherOf(expression), weight: expressionWeight, isNarrow: true }
  }
  return { hosts, takesPath: below(prefix), weight: prefix.length, isNarrow }
}

export const exactly =
  (written: string) =>
  (path: string): boolean =>
    path === written

/** Whole segments: `/a` takes `/a` and `/a/b`, not `/ab`; an empty text takes every path. */
function below(written: string): (path: string) => boolean {
  const prefix = written.replace(/\/+$/, '')
  return path => path === prefix || path.startsWith(`${prefix}/`)
}
