/** `mcp`: tools for language models over standard input and output. */
import { realpathSync, statSync } from 'node:fs'
import type * as Sdk from '@modelcontextprotocol/server'
import type * as Stdio from '@modelcontextprotocol/server/stdio'
import { withoutControls } from '../lib/without-controls.ts'
import { serveModel } from '../mcp/server.ts'
import { loadSdk } from '../rules/loading/sources/sdk.ts'
import { exitCode } from './exit-codes.ts'
import type { Output } from './output.ts'

export interface McpOptions {
  /** Default: the working folder. */
  readonly root?: string
}

const packageName = '@modelcontextprotocol/server'

export async function mcp({ root = '.' }: McpOptions, output: Output): Promise<number> {
  const folder = folderAt(root)
  if (folder === undefined) {
    output.err(`error: --root: found ${JSON.stringify(root)}, expected a folder\n`)
    return exitCode.usage
  }
  const log = (line: string): void => output.err(`${withoutControls(line)}\n`)
  const sdk = await loadSdk<typeof Sdk>(packageName)
  const stdio = sdk.kind === 'sdk' ? await loadSdk<typeof Stdio>(`${packageName}/stdio`) : sdk
  if (sdk.kind === 'unavailable' || stdio.kind === 'unavailable') {
    output.err(`error: the package ${packageName} is missing: npm install ${packageName}\n`)
    return exitCode.failed
  }
  await serveModel({ sdk: sdk.sdk, stdio: stdio.sdk, root: folder, log })
  process.stdin.destroy()
  return exitCode.fine
}

function folderAt(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? realpathSync(path) : undefined
  } catch {
    return undefined
  }
}
