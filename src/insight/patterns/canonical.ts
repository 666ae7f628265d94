/**
 * The URLs that requests can have once a door has read them (`doors/request/path.ts`, `host.ts`): witnesses come from
 * these, and a pattern that has none of them never matches.
 */
import type { PathSettings } from '../../doors/request/path-reader.ts'
import {
  choice,
  empty,
  type Node,
  oneOf,
  repeat,
  sequence,
  text,
} from '../../rules/matching/node.ts'
import {
  complement,
  difference,
  type Ranges,
  rangeOf,
  setOf,
  union,
} from '../../rules/matching/ranges.ts'

const endless = Number.POSITIVE_INFINITY
const many = (node: Node): Node => repeat(node, [0, endless])
const some = (node: Node): Node => repeat(node, [1, endless])
const optional = (node: Node): Node => repeat(node, [0, 1])

const surrogates = rangeOf(0xd800, 0xdfff)
const controls = union([rangeOf(0, 0x1f), rangeOf(0x7f, 0x7f)])
const digits = some(oneOf(setOf('0123456789')))
const port = optional(sequence([text(':'), many(oneOf(setOf('0123456789')))]))

/** The doors know these; `rpc` is that of calls without a URL. */
const scheme = choice(['http', 'https', 'ws', 'wss', 'rpc'].map(text))

const inHost = complement(
  union([controls, surrogates, setOf(' ,/\\"\'`@?#<>^{|}%;:[]'), rangeOf(0x41, 0x5a)]),
)
const address = sequence([text('['), some(oneOf(setOf('0123456789abcdef:.'))), text(']')])
const host = sequence([choice([many(oneOf(inHost)), address]), port])

/** Segments that are neither dots nor dots with a parameter. */
function segmentOf(inSegment: Ranges): Node {
  const without = (characters: string): Node => oneOf(difference(inSegment, setOf(characters)))
  const rest = many(oneOf(inSegment))
  return choice([
    sequence([without('.'), rest]),
    sequence([text('.'), without('.;'), rest]),
    sequence([text('..'), without(';'), rest]),
  ])
}

function pathOf({ parameters }: PathSettings): Node {
  const refused = parameters === 'reject' ? '/\\;' : '/\\'
  const segment = segmentOf(complement(union([controls, surrogates, setOf(refused)])))
  return choice([empty, text('/'), some(sequence([text('/'), segment]))])
}

export const canonicalUrl = (paths: PathSettings): Node =>
  sequence([scheme, text('://'), host, pathOf(paths)])

const plain = oneOf(setOf('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_'))
const plainInHost = oneOf(setOf('abcdefghijklmnopqrstuvwxyz0123456789'))
const label = some(choice([plainInHost, text('-')]))

/** URLs that people write. Looked for first, so that witnesses are easy to read. */
export const readableUrl: Node = sequence([
  choice([text('http'), text('https')]),
  text('://'),
  label,
  many(sequence([text('.'), label])),
  optional(sequence([text(':'), digits])),
  choice([
    text('/'),
    some(sequence([text('/'), plain, many(choice([plain, oneOf(setOf('.~:@+,='))]))])),
  ]),
])

/** Values of headers: without control characters, and without blanks at the ends. */
const inValue = complement(union([controls, surrogates]))
const inWord = difference(inValue, setOf(' '))
export const headerValue: Node = optional(
  sequence([oneOf(inWord), optional(sequence([many(oneOf(inValue)), oneOf(inWord)]))]),
)
/** Decoded values of a query, and texts of a route. */
export const anyValue: Node = many(oneOf(complement(surrogates)))
export const readableValue: Node = some(choice([plain, text('.')]))
