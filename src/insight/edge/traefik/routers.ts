/** Routers of Traefik, and which of them send checks. */
import { isJsonObject } from '../../../lib/json.ts'
import type { UncheckedRoute } from '../caller.ts'
import { isSet, type Located } from '../document.ts'
import { readRule, type TakesRequest } from './rule.ts'

export type Member = readonly [name: string, value: Located]

export const membersOf = (located: Located): readonly Member[] =>
  isJsonObject(located.value)
    ? Object.keys(located.value).map(name => [name, located.get(name)] as const)
    : []

export interface Router {
  readonly name: string
  readonly at: Located['at']
  readonly service: string
  readonly isChecked: boolean
  /** What is not understood, and so not checked. */
  readonly problem: string | undefined
  readonly takes: TakesRequest
  readonly removes: (name: string) => boolean
  readonly priority: number
  /** Empty: all of them. */
  readonly entryPoints: readonly string[]
}

/** A router as it is written. */
export interface WrittenRouter extends Pick<Router, 'name' | 'at' | 'service' | 'entryPoints'> {
  readonly rule: string
  readonly middlewares: readonly string[]
  /** NaN or 0: the length of the rule. */
  readonly priority: number
}

export interface Middlewares {
  readonly get: (name: string) => Located | undefined
  /** The names of what a chain has. */
  readonly chainedBy: (middleware: Located, name: string) => readonly string[]
}

export function toRouter(written: WrittenRouter, middlewares: Middlewares): Router {
  const { rule, priority, middlewares: names, ...same } = written
  const used = usedBy(names, middlewares)
  const isChecked = used.found.some(one => isSet(one.get('forwardAuth')))
  const takes = readRule(rule)
  const [missing] = used.missing
  return {
    ...same,
    isChecked,
    problem:
      takes === undefined
        ? `the rule of the router ${written.name}`
        : missing === undefined || isChecked
          ? undefined
          : `the router ${written.name}, whose middleware ${missing} is not in the file`,
    takes: takes ?? (() => undefined),
    removes: removedBy(used.found),
    priority: priority > 0 ? priority : rule.length,
  }
}

/** The middlewares of these names, and of chains among them. */
function usedBy(names: readonly string[], known: Middlewares) {
  const found: Located[] = []
  const missing: string[] = []
  const queue = [...names]
  const seen = new Set<string>()
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    if (seen.has(name)) continue
    seen.add(name)
    const one = known.get(name)
    if (one === undefined) missing.push(name)
    else {
      found.push(one)
      queue.push(...known.chainedBy(one, name))
    }
  }
  return { found, missing }
}

/** An empty value removes the header. */
function removedBy(middlewares: readonly Located[]): (name: string) => boolean {
  const removed = new Set(
    middlewares
      .flatMap(one => membersOf(one.get('headers', 'customRequestHeaders')))
      .filter(([, value]) => value.value === '')
      .map(([name]) => name.toLowerCase()),
  )
  return name => removed.has(name)
}

/** Those of `routers`, among `all` that are known. */
export function uncheckedOf(
  routers: readonly Router[],
  all: readonly Router[],
): readonly UncheckedRoute[] {
  const services = new Set(all.filter(({ isChecked }) => isChecked).map(({ service }) => service))
  return routers
    .filter(({ isChecked, problem }) => !isChecked && problem === undefined)
    .map(router => {
      const before = all.filter(one => isBefore(one, router))
      return {
        shown: `the router ${router.name}`,
        at: router.at,
        takes: (host: string, path: string) =>
          router.takes(host, path) !== false && !before.some(one => one.takes(host, path) === true),
        removes: router.removes,
        sharesUpstream: services.has(router.service),
      }
    })
}

/** It is asked first wherever the other one is. */
const isBefore = (one: Router, other: Router): boolean =>
  one.priority > other.priority &&
  (one.entryPoints.length === 0 ||
    (other.entryPoints.length > 0 &&
      other.entryPoints.every(point => one.entryPoints.includes(point))))
