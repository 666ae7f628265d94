import type { ChainNode, CommandNode, Operand, PipeNode } from '../syntax/nodes.ts'

/** The node that was evaluated last, which Go names in errors about the result. */
export function lastNode(node: Operand | CommandNode): Operand {
  switch (node.kind) {
    case 'pipe':
      return lastOfPipe(node)
    case 'chain':
      return lastNode(node.of)
    case 'command':
      return lastOfCommand(node)
    default:
      return node
  }
}

const lastOfPipe = (pipe: PipeNode): Operand => {
  const command = pipe.commands.at(-1)
  return command === undefined ? pipe : lastNode(command)
}

const lastOfCommand = ({ words }: CommandNode): Operand => lastNode(words.at(-1) ?? words[0])

/** The node that errors about a chain's fields name. */
export const nodeOfChain = (chain: ChainNode): Operand => lastNode(chain.of)
