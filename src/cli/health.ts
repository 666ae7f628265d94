import { askServer } from './ask.ts'
import type { Output } from './output.ts'

/** Asks `/health/alive` or `/health/ready`: prints its answer, and 0 only if that is a 200. */
export async function health(
  probe: 'alive' | 'ready',
  endpoint: string,
  output: Output,
): Promise<number> {
  const path = `/health/${probe}`
  const reply = await askServer({ endpoint }, path, output)
  if (reply === undefined) return 1
  const isOk = reply.status === 200
  const print = isOk ? output.out : output.err
  const url = new URL(path, endpoint).href
  print(isOk ? '{\n\t"status": "ok"\n}\n' : `${url}: answered ${reply.status}\n`)
  return isOk ? 0 : 1
}
