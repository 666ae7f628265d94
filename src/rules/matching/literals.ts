import type { Node } from './node.ts'
import { onlyMember } from './ranges.ts'

/**
 * The pieces of text that every match contains, as long as possible and in order. Empty when no text is certain.
 */
export function requiredTexts(node: Node): readonly string[] {
  const pieces: string[] = ['']
  collect(node, pieces)
  return pieces.filter(piece => piece !== '')
}

/** Appends certain text to the last piece; anything uncertain starts a new piece. */
function collect(node: Node, pieces: string[]): void {
  switch (node.kind) {
    case 'text':
      append(pieces, node.text)
      return
    case 'one_of':
      collectSet(onlyMember(node.set), pieces)
      return
    case 'sequence':
      for (const item of node.items) collect(item, pieces)
      return
    case 'group':
      collect(node.body, pieces)
      return
    case 'repeat':
      pieces.push('')
      if (node.min > 0) collect(node.body, pieces)
      pieces.push('')
      return
    case 'look':
    case 'edge':
      return
    default:
      pieces.push('')
  }
}

function append(pieces: string[], text: string): void {
  pieces.push((pieces.pop() ?? '') + text)
}

function collectSet(code: number | undefined, pieces: string[]): void {
  if (code === undefined) pieces.push('')
  else append(pieces, String.fromCodePoint(code))
}
