import type { BranchNode } from '../syntax/nodes.ts'
import type { Exec } from './frame.ts'
import type { Scope } from './scope.ts'

/** The branch itself, or one that reports that it is taken. */
export function recordBranch({ onBranch }: Scope, node: BranchNode, branch: Branch): Exec {
  const { exec, isElse } = branch
  if (onBranch === undefined) return exec
  const { position } = node
  return frame => {
    onBranch(position, isElse)
    return exec(frame)
  }
}

interface Branch {
  readonly exec: Exec
  readonly isElse: boolean
}
