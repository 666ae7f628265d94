/**
 * Texts near lookarounds. An automaton ignores a lookaround, so a text that meets its expression at its place is a
 * good guess for a text on which two patterns differ. A guess counts only after the rules have confirmed it.
 */
import { type Node, oneOf, repeat, sequence } from '../../rules/matching/node.ts'
import { everything } from '../../rules/matching/ranges.ts'

const anything = repeat(oneOf(everything), [0, Number.POSITIVE_INFINITY])

/** Most guesses from one pattern. */
const mostProbes = 8

/** Each expression begins like the pattern up to a lookahead, meets that, and goes on with anything. */
export const probesOf = (node: Node): readonly Node[] =>
  beginningsOf(node)
    .slice(0, mostProbes)
    .map(items => sequence([...items, anything]))

/** The items up to and with each lookahead in the node. */
function beginningsOf(node: Node): readonly (readonly Node[])[] {
  switch (node.kind) {
    case 'look':
      return node.behind ? [] : [[node.body]]
    case 'group':
    case 'repeat':
      return beginningsOf(node.body)
    case 'choice':
      return node.options.flatMap(beginningsOf)
    case 'sequence':
      return node.items.flatMap((item, i) =>
        beginningsOf(item).map(inner => [...node.items.slice(0, i), ...inner]),
      )
    default:
      return []
  }
}
