/** Converts nodes back to source text, as Go's messages show them. */
import { quoteText } from '../go/quote.ts'
import type { CommandNode, Operand, PipeNode, TemplateNode } from './nodes.ts'

const dotted = (names: readonly string[]): string => names.map(name => `.${name}`).join('')

const inParentheses = (node: Operand): string =>
  node.kind === 'pipe' ? `(${showPipe(node)})` : show(node)

export function show(node: Operand | CommandNode | TemplateNode): string {
  switch (node.kind) {
    case 'field':
      return dotted(node.names)
    case 'chain':
      return inParentheses(node.of) + dotted(node.names)
    case 'identifier':
      return node.name
    case 'variable':
      return node.name + dotted(node.names)
    case 'number':
      return node.literal.text
    case 'string':
      return node.quoted
    case 'bool':
      return String(node.value)
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'pipe':
      return showPipe(node)
    case 'command':
      return node.words.map(inParentheses).join(' ')
    case 'template':
      return `{{template ${quoteText(node.name)}${node.pipe ? ` ${showPipe(node.pipe)}` : ''}}}`
  }
}

function showPipe({ variables, assigns, commands }: PipeNode): string {
  const names = variables.map(({ name }) => name).join(', ')
  const declaration = names === '' ? '' : `${names} ${assigns ? '=' : ':='} `
  return declaration + commands.map(show).join(' | ')
}
