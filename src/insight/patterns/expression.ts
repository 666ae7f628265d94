/**
 * Expressions of rules as expressions of refa. Lookarounds, back references and some edges have no such form: what
 * is made of them matches more (`widened`), never less.
 */
import { CharSet, type Concatenation, type Element, type NoParent } from 'refa'
import { never } from '../../lib/never.ts'
import type { Edge, Node } from '../../rules/matching/node.ts'
import { lastCodePoint, pairsOf, type Ranges } from '../../rules/matching/ranges.ts'
import { canBeEmpty } from '../../rules/matching/shape.ts'

export interface Translated {
  readonly expression: NoParent<Concatenation>
  /** The construct because of which it matches more; undefined: it matches the same. */
  readonly widened: string | undefined
}

export function translate(node: Node): Translated {
  const translation: Translation = { widened: undefined }
  const elements = elementsOf(translation, node, { start: 'certain', end: 'certain' })
  return { expression: concatenation(elements), widened: translation.widened }
}

interface Translation {
  widened: string | undefined
}

/** Whether the text begins, or ends, where an item stands. */
type Place = 'certain' | 'impossible' | 'unknown'

interface Around {
  readonly start: Place
  readonly end: Place
}

const nowhere: Around = { start: 'unknown', end: 'unknown' }

const concatenation = (elements: readonly NoParent<Element>[]): NoParent<Concatenation> => ({
  type: 'Concatenation',
  elements: [...elements],
})

function elementsOf(
  translation: Translation,
  node: Node,
  around: Around,
): readonly NoParent<Element>[] {
  switch (node.kind) {
    case 'text':
      return Array.from(node.text, character => oneCharacter(character.codePointAt(0) ?? 0))
    case 'one_of':
      return [{ type: 'CharacterClass', characters: charSetOf(node.set) }]
    case 'sequence':
      return node.items.flatMap((item, i) =>
        elementsOf(translation, item, aroundItem(node.items, i, around)),
      )
    case 'choice':
      return [
        {
          type: 'Alternation',
          alternatives: node.options.map(option =>
            concatenation(elementsOf(translation, option, around)),
          ),
        },
      ]
    case 'repeat':
      return [
        {
          type: 'Quantifier',
          min: node.min,
          max: node.max,
          lazy: false,
          alternatives: [
            concatenation(elementsOf(translation, node.body, node.max === 1 ? around : nowhere)),
          ],
        },
      ]
    case 'group':
      return elementsOf(translation, node.body, around)
    case 'look':
      return widen(translation, node.behind ? 'a lookbehind' : 'a lookahead', [])
    case 'back_reference':
      return widen(translation, 'a back reference', anything)
    case 'edge':
      return edgeElements(translation, node.edge, around)
    default:
      return never(node)
  }
}

function widen(
  translation: Translation,
  construct: string,
  elements: readonly NoParent<Element>[],
): readonly NoParent<Element>[] {
  translation.widened ??= construct
  return elements
}

function edgeElements(
  translation: Translation,
  edge: Edge['edge'],
  { start, end }: Around,
): readonly NoParent<Element>[] {
  if (edge === 'word' || edge === 'not_word') return widen(translation, 'a word boundary', [])
  const isStart = edge === 'start' || edge === 'line_start'
  const place = isStart ? start : end
  if (place === 'certain') return []
  if (place === 'impossible' && (edge === 'start' || edge === 'end')) return [nothingAtAll]
  return widen(translation, isStart ? '"^" inside' : '"$" inside', [])
}

function aroundItem(items: readonly Node[], at: number, around: Around): Around {
  return {
    start: placeBehind(items.slice(0, at), around.start),
    end: placeBehind(items.slice(at + 1), around.end),
  }
}

function placeBehind(items: readonly Node[], outer: Place): Place {
  if (items.every(isZeroWidth)) return outer
  return items.some(item => !canBeEmpty(item)) ? 'impossible' : 'unknown'
}

const isZeroWidth = (node: Node): boolean =>
  node.kind === 'edge' || node.kind === 'look' || (node.kind === 'text' && node.text === '')

const nothingAtAll: NoParent<Element> = {
  type: 'CharacterClass',
  characters: CharSet.empty(lastCodePoint),
}

const anything: readonly NoParent<Element>[] = [
  {
    type: 'Quantifier',
    min: 0,
    max: Number.POSITIVE_INFINITY,
    lazy: false,
    alternatives: [
      concatenation([{ type: 'CharacterClass', characters: CharSet.all(lastCodePoint) }]),
    ],
  },
]

const characters = new Map<number, NoParent<Element>>()

/** Cached for ASCII, because most of a pattern is such text. */
function oneCharacter(code: number): NoParent<Element> {
  const known = characters.get(code)
  if (known !== undefined) return known
  const made: NoParent<Element> = {
    type: 'CharacterClass',
    characters: CharSet.fromCharacter(lastCodePoint, code),
  }
  if (code < 0x80) characters.set(code, made)
  return made
}

const sets = new WeakMap<Ranges, CharSet>()

function charSetOf(ranges: Ranges): CharSet {
  const known = sets.get(ranges)
  if (known !== undefined) return known
  const made = CharSet.empty(lastCodePoint).union(
    pairsOf(ranges).map(([min, max]) => ({ min, max })),
  )
  sets.set(ranges, made)
  return made
}
