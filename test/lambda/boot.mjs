/**
 * A minimal Lambda runtime: gets the next event from the Runtime API, calls the function that the first argument
 * names (`index.handler`), and posts its result or its error.
 */
import { join } from 'node:path'

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
/** Subtracted from the remaining time, so that no test depends on milliseconds. */
const reserve = Number(process.env.RESERVE_MS ?? 0)
const [file, name] = (process.argv[2] ?? '').split('.')
process.chdir(process.env.LAMBDA_TASK_ROOT ?? '.')
const { [name]: handler } = await import(join(process.cwd(), `${file}.mjs`))

const post = (path, value) =>
  fetch(`${api}/${path}`, { method: 'POST', body: JSON.stringify(value) })

async function outcome(event, context) {
  try {
    return ['response', await handler(event, context)]
  } catch (error) {
    return ['error', { errorType: error.name, errorMessage: error.message, stackTrace: [] }]
  }
}

for (;;) {
  const next = await fetch(`${api}/invocation/next`)
  const id = next.headers.get('lambda-runtime-aws-request-id')
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'))
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - reserve - Date.now() }
  const [what, value] = await outcome(await next.json(), context)
  await post(`invocation/${id}/${what}`, value)
}
