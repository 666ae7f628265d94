/** Routers of Traefik, and which of them send checks. */
import { isJsonObject } from '../../../lib/json.ts'
import type { UncheckedRoute } from '../caller.ts'
import { isSet, type Located, textIn, textsIn } from '../document.ts'
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

export function toRouter([name, router]: Member, middlewares: readonly Member[]): Router {
  const rule = textIn(router.get('rule'))
  const used = usedBy(textsIn(router.get('middlewares')), new Map(middlewares))
  const isChecked = used.found.some(one => isSet(one.get('forwardAuth')))
  const takes = readRule(rule)
  const [missing] = used.missing
  const written = Number(router.get('priority').value)
  return {
    name,
    at: router.at,
    service: textIn(router.get('service')),
    isChecked,
    problem:
      takes === undefined
        ? `the rule of the router ${name}`
        : missing === undefined || isChecked
          ? undefined
          : `the router ${name}, whose middleware ${missing} is not in the file`,
    takes: takes ?? (() => undefined),
    removes: removedBy(used.found),
    priority: written > 0 ? written : rule.length,
    entryPoints: textsIn(router.get('entryPoints')),
  }
}

/** The middlewares of these names, and of chains among them. */
function usedBy(names: readonly string[], known: ReadonlyMap<string, Located>) {
  const found: Located[] = []
  const missing: string[] = []
  const queue = [...names]
  const seen = new Set<string>()
  for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
    const plain = name.replace(/@.*$/, '')
    if (seen.has(plain)) continue
    seen.add(plain)
    const one = known.get(plain)
    if (one === undefined) missing.push(name)
    else {
      found.push(one)
      queue.push(...textsIn(one.get('chain', 'middlewares')))
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

export function uncheckedOf(routers: readonly Router[]): readonly UncheckedRoute[] {
  const services = new Set(
    routers.filter(({ isChecked }) => isChecked).map(({ service }) => service),
  )
  return routers
    .filter(({ isChecked, problem }) => !isChecked && problem === undefined)
    .map(router => {
      const before = routers.filter(one => isBefore(one, router))
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
