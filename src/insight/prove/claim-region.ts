/** The requests that a claim is about, as boxes. */
import { bytesOf } from '../../lib/bytes.ts'
import { choice, type Node, oneOf, repeat, sequence, text } from '../../rules/matching/node.ts'
import { parseParts } from '../../rules/matching/parts.ts'
import { parseText } from '../../rules/matching/pattern.ts'
import { isProblem, type PatternProblem, type Strategy } from '../../rules/matching/problem.ts'
import { complement, setOf } from '../../rules/matching/ranges.ts'
import type { Box } from '../patterns/box.ts'
import { type Language, languageOf } from '../patterns/language.ts'
import { methodsFrom } from '../patterns/methods.ts'
import { type Shape, shapeOf } from '../patterns/shape.ts'
import type { RegionClaim } from './claims.ts'

export interface ClaimedRegion {
  readonly box: Box
  readonly shape: Shape
}

/** One for each host with each path. */
export function regionsOfClaim(
  { hosts, paths, methods }: RegionClaim,
  strategy: Strategy,
): readonly ClaimedRegion[] | PatternProblem {
  const byHost = (hosts ?? ['*']).map(host => hostLanguage(host, strategy))
  const byPath = (paths ?? ['/**']).map(path => pathLanguage(path, strategy))
  const wrong = [...byHost, ...byPath].find(isProblem)
  if (wrong !== undefined) return wrong
  const names = methodsFrom(methods?.map(bytesOf))
  return (byHost as readonly Language[]).flatMap(host =>
    (byPath as readonly Language[]).map(path => ({
      box: { inside: [host, path], outside: [], methods: names, conditions: [] },
      shape: shapeOfBoth(host, path),
    })),
  )
}

function shapeOfBoth(host: Language, path: Language): Shape {
  const { host: name, hostEnd } = shapeOf(host.node)
  return { ...shapeOf(path.node), host: name, hostEnd }
}

/** All that a request may have; rules say http and https. */
const schemes = ['http', 'https', 'ws', 'wss', 'rpc']
const endless = Number.POSITIVE_INFINITY
const scheme = sequence([choice(schemes.map(text)), text('://')])
const anyHost = repeat(oneOf(complement(setOf('/'))), [0, endless])
const anyPath = repeat(oneOf(complement([])), [0, endless])
const port = repeat(sequence([text(':'), repeat(oneOf(setOf('0123456789')), [1, endless])]), [0, 1])

/** As in `match.hosts`, with `*` for any; or with expressions in `<…>`. */
function hostLanguage(written: string, strategy: Strategy): Language | PatternProblem {
  if (written === '*') return named('host', written, sequence([scheme, anyHost, beginning]))
  if (!/[<>]/.test(written)) return partLanguage('host', written)
  const node = parseText(written, strategy)
  return isProblem(node)
    ? node
    : named(`host ${strategy}`, written, sequence([scheme, node, port, beginning]))
}

/** The path behind a host: nothing, or a slash and anything. */
const beginning = repeat(sequence([text('/'), anyPath]), [0, 1])

/** As in `match.paths`, with `/**` for everything below; or with expressions in `<…>`. */
function pathLanguage(written: string, strategy: Strategy): Language | PatternProblem {
  if (written === '/**' || written === '*') {
    return named('path', written, sequence([scheme, anyPath]))
  }
  if (!/[<>]/.test(written)) return partLanguage('path', written.replace(/\/\*\*$/, '/{rest...}'))
  const node = parseText(written, strategy)
  return isProblem(node)
    ? node
    : named(`path ${strategy}`, written, sequence([scheme, anyHost, node]))
}

function partLanguage(part: 'host' | 'path', written: string): Language | PatternProblem {
  const parsed = parseParts({
    schemes,
    hosts: part === 'host' ? [written] : null,
    paths: part === 'path' ? [written] : null,
  })
  if (isProblem(parsed)) return parsed
  return named(part, written, parsed[0]?.node ?? text(''))
}

const named = (part: string, written: string, node: Node): Language =>
  languageOf(written, node, `claim ${part} ${written}`)
