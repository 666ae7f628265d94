/** A text that an expression probably matches, made without an automaton. */
import type { Node } from '../../rules/matching/node.ts'
import { includes, type Ranges } from '../../rules/matching/ranges.ts'

export function sampleOf(node: Node): string {
  switch (node.kind) {
    case 'text':
      return node.text
    case 'one_of':
      return someCharacter(node.set)
    case 'sequence':
      return node.items.map(sampleOf).join('')
    case 'choice':
      return node.options[0] === undefined ? '' : sampleOf(node.options[0])
    case 'repeat':
      return sampleOf(node.body).repeat(Math.min(Math.max(node.min, Math.min(node.max, 1)), most))
    case 'group':
      return sampleOf(node.body)
    default:
      return ''
  }
}

/** Most repetitions. */
const most = 64

const liked = Array.from('a1-_.A', character => character.charCodeAt(0))

const someCharacter = (set: Ranges): string => {
  const code = liked.find(one => includes(set, one)) ?? set[0]
  return code === undefined ? '' : String.fromCodePoint(code)
}
