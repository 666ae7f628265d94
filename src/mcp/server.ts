/** The server for language models: tools that read. Each call runs a command in a process of its own. */
import type * as Sdk from '@modelcontextprotocol/server'
import type * as Stdio from '@modelcontextprotocol/server/stdio'
import { version } from '../lib/version.ts'
import { WrongArgument } from './arguments.ts'
import { outputSchemaOf, type Result, refused, resultOf } from './reports.ts'
import { runCommand } from './run-command.ts'
import { createSlots, type Slots } from './slots.ts'
import { type Input, type Tool, tools } from './tools.ts'

export interface ServerOptions {
  readonly sdk: typeof Sdk
  readonly stdio: typeof Stdio
  /** The folder whose files are read: absolute. */
  readonly root: string
  /** For people, a line each. */
  readonly log: (line: string) => void
}

const mostAtOnce = 2
const mostWaiting = 32

/** Resolves when the client has closed standard input. */
export async function serveModel({ sdk, stdio, root, log }: ServerOptions): Promise<void> {
  const slots = createSlots(mostAtOnce, mostWaiting)
  const ended = new AbortController()
  const transport = new stdio.StdioServerTransport()
  const create = () => createServer(sdk, { root, slots, ended: ended.signal })
  const closed = new Promise<void>(resolve => {
    process.stdin.once('end', resolve).once('close', resolve)
    stdio.serveStdio(create, {
      transport,
      onerror: error => {
        log(error.message)
        // After a message that is too long the transport listens no more.
        setImmediate(() => process.stdin.listenerCount('data') === 0 && resolve())
      },
    })
  })
  await closed
  ended.abort()
}

interface Serving {
  readonly root: string
  readonly slots: Slots
  readonly ended: AbortSignal
}

function createServer(sdk: typeof Sdk, serving: Serving) {
  const server = new sdk.McpServer(
    { name: 'oarlock', version },
    {
      instructions: `Reads configurations and rules of Oarlock below ${serving.root}. Nothing is written, and no other machine is called.`,
    },
  )
  for (const tool of tools) {
    server.registerTool(
      tool.name,
      {
        title: tool.title,
        description: tool.description,
        inputSchema: sdk.fromJsonSchema<Input>(tool.input as never),
        outputSchema: sdk.fromJsonSchema(outputSchemaOf(tool) as never),
        annotations: {
          readOnlyHint: true,
          destructiveHint: false,
          idempotentHint: true,
          openWorldHint: false,
        },
      },
      (input, { mcpReq }) => call(tool, input, { ...serving, signal: mcpReq.signal }),
    )
  }
  return server
}

interface Calling extends Serving {
  readonly signal: AbortSignal
}

async function call(tool: Tool, input: Input, calling: Calling): Promise<Result> {
  const { root, slots } = calling
  const signal = AbortSignal.any([calling.signal, calling.ended])
  try {
    const args = tool.argsOf(input, root)
    const run = await slots.run(() => runCommand({ root, args, signal }))
    return run === undefined ? refused('too many calls are waiting') : resultOf(tool, run)
  } catch (error) {
    if (error instanceof WrongArgument) return refused(error.message)
    throw error
  }
}
