/**
 * Errors at run time.
 *
 * An expression fails deep inside other expressions, so it throws; `render` catches these errors and returns a
 * Failure. Errors thrown here do not leave the templates folder.
 */
import { quoteText } from '../go/quote.ts'
import { show } from '../syntax/show.ts'

export interface Context {
  readonly source: string
  /** The name of the main template, and of the template being compiled. */
  readonly name: string
  readonly template: string
}

type Node = Parameters<typeof show>[0]

const executionErrors = new WeakSet<Error>()

export const isExecutionError = (error: unknown): error is Error =>
  error instanceof Error && executionErrors.has(error)

/** The longest message, because it may show data of any length. */
const maxMessage = 4096

/** Go's text: the position, the template, the expression, and the problem. */
export function executionError(context: Context, node: Node, message: string): Error {
  const before = context.source.slice(0, node.position)
  const column = node.position - (before.lastIndexOf('\n') + 1)
  const line = before.split('\n').length
  const at = `${context.name}:${line}:${column}`
  const error = new Error(
    `template: ${at}: executing ${quoteText(context.template)} at <${show(node)}>: ${message.slice(0, maxMessage)}`,
  )
  executionErrors.add(error)
  return error
}
