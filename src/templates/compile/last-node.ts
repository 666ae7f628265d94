import type { ChainNode, CommandNode, Operand, PipeNode } from '../syntax/nodes.ts'

/** The node that was evaluated last, which is where Go says that an error about the result happened. */
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

/** Where an error about a chain's fields is said to be. */
export const nodeOfChain = (chain: ChainNode): Operand => lastNode(chain.of)
