/**
 * A runtime of Lambda in its smallest form: asks the Runtime API for the next event, calls the function that the
 * first argument names (`index.handler`), and gives back what it answers or the error that it throws.
 */
import { join } from 'node:path'

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`
/** Kept back of the time that is left, so that no test hangs on milliseconds. */
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
