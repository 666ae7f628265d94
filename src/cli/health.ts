import { createHttp } from '../outbound/http.ts'
import type { Output } from './output.ts'

/** Asks `/health/alive` or `/health/ready`: prints its answer, and 0 only if that is a 200. */
export async function health(
  probe: 'alive' | 'ready',
  endpoint: string,
  output: Output,
): Promise<number> {
  if (!/^https?:$/.test(protocolOf(endpoint))) {
    output.err(`--endpoint: found "${endpoint}", expected a URL such as http://127.0.0.1:4456\n`)
    return 1
  }
  const http = createHttp({ timeout: 5000, concurrent: 1, bytes: 65_536 })
  const url = new URL(`/health/${probe}`, endpoint).href
  const reply = await http.send({ method: 'GET', url })
  await http.close()
  if (reply.kind === 'failure') {
    output.err(`${url}: ${reply.info.reason ?? reply.info.message}\n`)
    return 1
  }
  const isOk = reply.status === 200
  const print = isOk ? output.out : output.err
  print(isOk ? '{\n\t"status": "ok"\n}\n' : `${url}: answered ${reply.status}\n`)
  return isOk ? 0 : 1
}

function protocolOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).protocol : ''
}
