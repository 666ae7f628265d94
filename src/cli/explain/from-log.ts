/** Finds the request of a decision in the decision log. */
import type { WrittenRequest } from '../../explain/asked.ts'
import { linesOf } from '../../insight/diff/lines.ts'
import { bytesOf } from '../../lib/bytes.ts'
import { isJsonObject, type JsonObject, tryJson } from '../../lib/json.ts'
import { escapePath } from '../../lib/url-path.ts'

/** Returns the reason as a text when it fails. Lines that are not JSON are skipped. `-`: standard input. */
export async function requestFromLog(id: string, file: string): Promise<WrittenRequest | string> {
  try {
    for await (const [line] of linesOf(file)) {
      if (!line.includes(id)) continue
      const entry = tryJson(line, JSON.parse)
      if (isJsonObject(entry) && entry['id'] === id) return requestOf(entry)
    }
    return `--from-log: found no decision ${id} in ${file}`
  } catch (error) {
    return `--log: ${(error as Error).message}`
  }
}

/** The log has the matched forms, without headers, body and values of the query. */
function requestOf({ request, client }: JsonObject): WrittenRequest | string {
  const { method, scheme, host, path = '/' } = isJsonObject(request) ? request : {}
  const parts = [method, scheme, host, path]
  if (!parts.every(part => typeof part === 'string') || !/^[a-z]+$/.test(String(scheme))) {
    return '--from-log: found a decision without its request: log.decisions.mask hides it'
  }
  return {
    method: String(method),
    url: `${scheme}://${host}${escapePath(bytesOf(String(path)))}`,
    ...(typeof client === 'string' ? { address: client } : {}),
  }
}
