/** A function in Amazon's Runtime Interface Emulator: `.ci/lambda.sh` installs it. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connects } from '../conformance/ready.ts'
import { type Child, startChild } from '../support/child.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { root, temporaryFolder } from '../support/folder.ts'
import { freePort, loopback } from '../support/ports.ts'
import { until } from '../support/until.ts'

const emulator = join(root, '.cache/lambda/aws-lambda-rie')

export interface LambdaFunction extends Child {
  /** What the gateway would receive: the result, or the error of the function. */
  readonly invoke: (event: unknown) => Promise<Record<string, unknown>>
  /** How often a process of the function was started. */
  readonly instances: () => number
  /** Writes a file of the package again. */
  readonly write: (name: string, text: string) => void
}

export interface FunctionSetup {
  /** Files of the package beside `index.mjs`. */
  readonly files: Readonly<Record<string, string>>
  /** The time limit of a call, in seconds. */
  readonly timeout: number
  /** Subtracted from the remaining time that the function sees, in milliseconds. */
  readonly reserve?: number
}

/** The function of docs/callers/aws-api-gateway.md, in a folder that has the built package. */
export async function startFunction(
  t: Cleanup,
  { files, timeout, reserve = 0 }: FunctionSetup,
): Promise<LambdaFunction> {
  if (!existsSync(emulator)) throw new Error('install first: .ci/lambda.sh')
  const folder = temporaryFolder(t)
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/oarlock'))
  for (const [name, text] of Object.entries({ ...files, 'index.mjs': index })) write(name, text)
  const [port, runtime] = [await freePort(), await freePort()]
  const child = startChild(t, {
    command: [
      emulator,
      ...['--runtime-interface-emulator-address', `${loopback}:${port}`],
      ...['--runtime-api-address', `${loopback}:${runtime}`],
      ...[process.execPath, join(root, 'test/lambda/boot.mjs'), 'index.handler'],
    ],
    logFile: join(folder, 'lambda.log'),
    env: {
      LAMBDA_TASK_ROOT: folder,
      AWS_LAMBDA_FUNCTION_TIMEOUT: String(timeout),
      RESERVE_MS: String(reserve),
    },
  })
  await until(() => connects(port), 'the emulator listens')
  return {
    ...child,
    write,
    invoke: event => invoke(port, event),
    instances: () => child.log().match(/INIT START/g)?.length ?? 0,
  }
}

const index = `import { createHandler } from 'oarlock/lambda'
export const handler = createHandler({ config: ['oarlock.yaml'] })
`

async function invoke(port: number, event: unknown): Promise<Record<string, unknown>> {
  const url = `http://${loopback}:${port}/2015-03-31/functions/function/invocations`
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(event) })
  const text = await answer.text()
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return { errorMessage: text } // the process was killed
  }
}
