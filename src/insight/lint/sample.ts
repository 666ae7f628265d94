/** A text that an expression matches, the shorter the better. */
import type { Node } from '../../rules/matching/node.ts'
import { includes, type Ranges } from '../../rules/matching/ranges.ts'

/** `least`: how often repetitions are made at least, where they may be. undefined: none was found. Lookarounds are not considered: the caller must compare the text with the pattern. */
export function sampleOf(node: Node, least = 0): string | undefined {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'one_of':
      return characterOf(node.set)
    case 'sequence':
      return joined(node.items.map(item => sampleOf(item, least)))
    case 'choice':
      return node.options.map(option => sampleOf(option, least)).find(text => text !== undefined)
    case 'group':
      return sampleOf(node.body, least)
    case 'repeat': {
      const text = sampleOf(node.body, least)
      const count = Math.max(node.min, Math.min(least, node.max))
      return text === undefined || count > most ? undefined : text.repeat(count)
    }
    case 'back_reference':
      return undefined
    default:
      return ''
  }
}

const most = 100

const joined = (texts: readonly (string | undefined)[]): string | undefined =>
  texts.includes(undefined) ? undefined : texts.join('')

const preferred = Array.from('a0A-_./', character => character.codePointAt(0) ?? 0)

function characterOf(set: Ranges): string | undefined {
  const code = preferred.find(one => includes(set, one)) ?? set[0]
  return code === undefined ? undefined : String.fromCodePoint(code)
}
