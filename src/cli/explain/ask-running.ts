/** Asks a running server, which decides with its own rules and services. */
import type { Explanation } from '../../explain/explanation.ts'
import { environment } from '../../lib/environment.ts'
import { type JsonObject, tryJson } from '../../lib/json.ts'
import { withoutSecrets } from '../../lib/location.ts'
import { createHttp } from '../../outbound/http.ts'
import { exitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import type { Question } from './question.ts'
import { readExplanation } from './received.ts'

const variable = 'OARLOCK_EXPLAIN_TOKEN'
const largest = 16 * 1024 * 1024

/** Returns the exit code when the server gives no explanation, and prints the reason. */
export async function askRunning(
  question: Question,
  endpoint: string,
  output: Output,
): Promise<Explanation | number> {
  const token = environment()[variable] ?? ''
  const wrong = wrongUse(endpoint, token)
  if (wrong !== undefined) {
    output.err(`${wrong}\n`)
    return exitCode.usage
  }
  const found = await ask(question, endpoint, token)
  if (typeof found !== 'string') return found
  output.err(`${found}\n`)
  return exitCode.failed
}

function wrongUse(endpoint: string, token: string): string | undefined {
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    return `--endpoint: found "${endpoint}", expected a URL such as http://127.0.0.1:4456`
  }
  return token === '' ? `expected the token of serve.api.explain in ${variable}` : undefined
}

/** Returns the reason as a text when it fails. */
async function ask(
  question: Question,
  endpoint: string,
  token: string,
): Promise<Explanation | string> {
  const http = createHttp({ timeout: 30_000, concurrent: 1, bytes: largest })
  const reply = await http.send({
    method: 'POST',
    url: new URL('/explain', endpoint).href,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: Buffer.from(JSON.stringify(questionJson(question))),
  })
  await http.close()
  if (reply.kind === 'failure') return reply.info.reason ?? reply.info.message
  const shown = withoutSecrets(endpoint)
  if (reply.status !== 200) return `${shown}: answered ${reply.status}${hints[reply.status] ?? ''}`
  const explanation = readExplanation(tryJson(reply.body.toString(), JSON.parse))
  return explanation ?? `${shown}: answered something that is not an explanation`
}

const questionJson = ({ written, door }: Question): JsonObject => ({
  method: written.method,
  url: written.url,
  headers: (written.headers ?? []).map(pair => [...pair]),
  door,
  ...(written.address === undefined ? {} : { client: written.address }),
  ...(written.context === undefined ? {} : { context: written.context }),
  ...(written.body === undefined ? {} : { body: written.body.toString('base64') }),
})

const hints: Readonly<Record<number, string>> = {
  401: `: the token in ${variable} is not that of serve.api.explain`,
  400: ': the question is not valid',
  404: ': serve.api.explain is not enabled there',
  503: ': it explains another request',
}
