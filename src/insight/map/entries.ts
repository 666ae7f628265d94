/** Who gets in where: one entry for each host and path of each rule. */
import { textOf } from '../../lib/bytes.ts'
import type { Match, RuleDefinition, ValueCondition } from '../../rules/definition.ts'
import { maskedHeader, maskedParameter } from '../patterns/masked.ts'
import { overlapsIn } from '../patterns/overlaps.ts'
import { authenticatorsOf, isOpenTo, mayLetIn } from '../rule-sets/access.ts'
import type { OpenedRules } from '../rule-sets/open.ts'
import { createDescribe, type Described } from './describe.ts'
import { splitUrl } from './split-url.ts'

export interface MapEntry extends Described {
  readonly host: string
  readonly path: string
  /** null: any. */
  readonly methods: readonly string[] | null
  readonly schemes: readonly string[] | null
  readonly rule: string
  /** `everybody`: a request without a credential, too, if the authorizers allow it. */
  readonly who: 'everybody' | 'credential' | 'nobody'
  /** What a request must have besides, such as `header X-Tenant: red`. */
  readonly conditions: readonly string[]
  /** It counts only where no other rule matches. */
  readonly isDefault: boolean
  /** Rules that match some of its requests, too: these are denied. */
  readonly conflicts: readonly string[]
}

/** By host, then by path. */
export function mapOf(opened: OpenedRules): readonly MapEntry[] {
  const conflicts = conflictsOf(opened)
  const describe = createDescribe(opened)
  return opened.rules
    .flatMap(({ definition, at }) =>
      entriesOf(definition, describe(definition), conflicts[at] ?? []),
    )
    .sort((one, other) => order(one.host, other.host) || order(one.path, other.path))
}

const order = (one: string, other: string): number => (one < other ? -1 : Number(one > other))

function conflictsOf(opened: OpenedRules): readonly (readonly string[])[] {
  const ids = opened.rules.map(({ definition }) => textOf(definition.id))
  const conflicts: string[][] = ids.map(() => [])
  for (const { kind, rule, other } of overlapsIn(opened).findings) {
    if (kind !== 'overlap' || other === undefined) continue
    conflicts[rule]?.push(ids[other] ?? '')
    conflicts[other]?.push(ids[rule] ?? '')
  }
  return conflicts
}

function entriesOf(
  definition: RuleDefinition,
  described: Described,
  conflicts: readonly string[],
): readonly MapEntry[] {
  const { match, id } = definition
  if (match === null || match.kind === 'invalid') return []
  return placesOf(match).map(place => ({
    ...place,
    methods: methodsOf(match),
    rule: textOf(id),
    who: whoOf(definition),
    ...described,
    conditions: conditionsOf(match),
    isDefault: match.isDefault === true,
    conflicts,
  }))
}

type ValidMatch = Exclude<Match, { readonly kind: 'invalid' }>
type Place = Pick<MapEntry, 'host' | 'path' | 'schemes'>

function placesOf(match: ValidMatch): readonly Place[] {
  if (match.kind === 'rpc') {
    const path = `/${textOf(match.fullMethod)}`
    return [{ host: textOf(match.authority), path, schemes: ['grpc'] }]
  }
  if (match.kind === 'url') {
    const { scheme, host, path } = splitUrl(textOf(match.url))
    return [{ host, path, schemes: scheme === '' ? null : [scheme] }]
  }
  const { hosts, paths, schemes } = match
  return (hosts ?? ['*']).flatMap(host =>
    (paths ?? ['/**']).map(path => ({ host: textOf(host), path: textOf(path), schemes })),
  )
}

function methodsOf(match: ValidMatch): readonly string[] | null {
  if (match.kind === 'rpc') return match.allowHttpGet ? ['POST', 'GET'] : ['POST']
  const methods = match.methods?.map(method => textOf(method).toUpperCase())
  return methods ?? (match.kind === 'parts' ? null : [])
}

function whoOf(definition: RuleDefinition): MapEntry['who'] {
  if (!mayLetIn(definition)) return 'nobody'
  return authenticatorsOf(definition).some(isOpenTo) ? 'everybody' : 'credential'
}

const masked = (place: string, ...pair: readonly [name: string, value: string]): string =>
  place === 'query' ? maskedParameter(...pair) : maskedHeader(...pair)

function conditionsOf({ headers, query, context }: ValidMatch): readonly string[] {
  const shown = (place: string, list: readonly ValueCondition[] = []) =>
    list.map(([name, value]) =>
      textOf(
        value === null ? `no ${place} ${name}` : `${place} ${name}: ${masked(place, name, value)}`,
      ),
    )
  return [...shown('header', headers), ...shown('query', query), ...shown('context', context)]
}
