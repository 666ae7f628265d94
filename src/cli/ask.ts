import { createHttp, type HttpReply } from '../outbound/http.ts'
import type { Output } from './output.ts'

export interface EndpointOption {
  readonly endpoint: string
}

/** Sends a GET to a running server; undefined after an error was printed. */
export async function askServer(
  { endpoint }: EndpointOption,
  path: string,
  output: Output,
): Promise<HttpReply | undefined> {
  if (!/^https?:$/.test(protocolOf(endpoint))) {
    output.err(`--endpoint: found "${endpoint}", expected a URL such as http://127.0.0.1:4456\n`)
    return undefined
  }
  const http = createHttp({ timeout: 5000, concurrent: 1, bytes: largest })
  const url = new URL(path, endpoint).href
  const reply = await http.send({ method: 'GET', url })
  await http.close()
  if (reply.kind === 'http_reply') return reply
  output.err(`${reply.info.reason ?? reply.info.message}\n`)
  return undefined
}

const largest = 64 * 1024 * 1024

function protocolOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).protocol : ''
}
